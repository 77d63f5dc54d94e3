import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefinedDevice, DefinedValue, VmDefinition } from '../../src/pure/plan/definition.ts';
import { NO_CONTEXT, readDefinitions } from '../../src/pure/plan/readers/index.ts';
import type { Domain } from './domain-xml.ts';
import { DOMAINS } from './domains.ts';
import { type Answer, skip, toNative } from './libvirt-root.ts';

/** Devices that have no place on a PCI bus, which our definition does not have. */
const NOT_PLACED = /^(?:ide-|scsi-(?:hd|cd)|hda-|isa-|usb-(?:tablet|kbd|mouse)|virtserialport|virtconsole|ramfb|pvpanic$)/;

/** Devices of which each value counts; of others their place alone. */
const WHOLE = /^(?:vfio-|pcie-|pci-bridge|i82801b11|x3130|xio3130|ioh3420|pxb|intel-iommu|amd-iommu|AMDVI|virtio-iommu|arm-smmuv3)/;

const PLACE = new Set(['bus', 'addr', 'multifunction']);

/** What libvirt refuses that no reader of one text can know: what the host and its QEMU have. */
const OF_THE_HOST = /^(?:USB host device|vhost-scsi device file)/;

function read(format: 'libvirt' | 'qemu', text: string): VmDefinition {
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

function formatDevices({ devices }: VmDefinition): string {
  return devices
    .filter(({ driver }) => !NOT_PLACED.test(driver))
    .map(formatDevice)
    .join('\n');
}

/** What the machine and the globals say that our definition has a word for. */
function formatRest({ machine, globals, objects, accelerators }: VmDefinition): string {
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

function compare({ text }: Domain, answer: Answer): 'refused' | 'equal' {
  const ours = read('libvirt', text);
  const refusals = ours.findings.filter(({ code }) => code === 'libvirt.refused').map(({ message }) => message);
  if ('error' in answer) {
    if (OF_THE_HOST.test(answer.error)) return 'refused';
    assert(
      refusals.includes(`libvirt refuses this: ${answer.error}`),
      `libvirt says "${answer.error}", we say ${JSON.stringify(refusals)}`,
    );
    return 'refused';
  }
  assert.deepEqual(refusals, []);
  const theirs = read('qemu', answer.argv);
  assert.equal(formatDevices(ours), formatDevices(theirs));
  assert.equal(formatRest(ours), formatRest(theirs));
  return 'equal';
}

test('libvirtReader reads of a domain what the QEMU reader reads of the command line that libvirt makes of it', { skip }, async context => {
  const answers = toNative(DOMAINS.map(({ text }) => text));
  const counts = { refused: 0, equal: 0 };
  for (const [index, domain] of DOMAINS.entries()) {
    await context.test(domain.name, () => {
      const answer = answers[index];
      assert(answer);
      counts[compare(domain, answer)]++;
    });
  }
  context.diagnostic(`${counts.equal} domains equal libvirt's command line, ${counts.refused} are refused in its words`);
  assert(counts.equal >= 100 && counts.refused >= 30, JSON.stringify(counts));
});
