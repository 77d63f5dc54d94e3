/** What of two definitions of one domain must be the same: that read from its XML, and that read from libvirt's command line for it. */
import assert from 'node:assert/strict';
import type { DefinedDevice, DefinedValue, VmDefinition } from '../../src/pure/plan/definition.ts';
import { NO_CONTEXT, readDefinitions } from '../../src/pure/plan/readers/index.ts';

/** Devices that have no place on a PCI bus, which our definition does not have. */
const NOT_PLACED = /^(?:ide-|scsi-(?:hd|cd)|hda-|isa-|usb-(?:tablet|kbd|mouse)|virtserialport|virtconsole|ramfb|pvpanic$)/;

/** Devices of which each value counts; of others their place alone. */
const WHOLE = /^(?:vfio-|pcie-|pci-bridge|i82801b11|x3130|xio3130|ioh3420|pxb|intel-iommu|amd-iommu|AMDVI|virtio-iommu|arm-smmuv3)/;

const PLACE = new Set(['bus', 'addr', 'multifunction']);

/** The one VM of a text. */
export function read(format: 'libvirt' | 'qemu', text: string): VmDefinition {
  const [definition] = readDefinitions({ file: 'vm', text }, format, NO_CONTEXT).definitions;
  assert(definition);
  return definition;
}

function formatValue({ name, value, json }: DefinedValue): string {
  return `${name}=${json}:${value}`;
}

function formatDevice({ driver, id, values, host }: DefinedDevice): string {
  const counting = WHOLE.test(driver) ? values : values.filter(({ name }) => PLACE.has(name));
  // Under iommufd the address is in no command line.
  const address = host.kind === 'address' && values.some(({ name }) => name === 'host') ? host.address.text : '';
  return [driver, id ?? '-', address, ...counting.map(formatValue).sort()].join(' ');
}

/** The devices that have places, with all that counts of them. */
export function formatDevices({ devices }: VmDefinition): string {
  return devices
    .filter(({ driver }) => !NOT_PLACED.test(driver))
    .map(formatDevice)
    .join('\n');
}

/** What the machine and the globals say that our definition has a word for. */
export function formatRest({ machine, globals, objects, accelerators }: VmDefinition): string {
  const options = machine.values.map(({ name, value }) => `${name.replaceAll('_', '-')}=${value}`);
  return [
    `type=${machine.type?.value}`,
    ...options.filter(option => /^(?:usb|kernel-irqchip|gic-version|iommu)=/.test(option)).sort(),
    ...globals.map(({ driver, name, value }) => `${driver}.${name}=${value}`).filter(text => text !== 'ICH9-LPC.noreboot=off'),
    ...objects
      .filter(({ type }) => /^(?:iommufd|acpi-generic-initiator)$/.test(type))
      .map(({ type, id, values }) => [type, id, ...values.map(formatValue)].join(' ')),
    ...accelerators,
  ].join('\n');
}
