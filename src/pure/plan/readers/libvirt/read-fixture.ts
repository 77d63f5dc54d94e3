/** Reads domains in tests and writes them down in a line for each device. */
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { DefinitionText } from '../reader.ts';
import { libvirtReader } from './index.ts';

/** The definition of a text that holds one. */
export function readOne(text: string, related: readonly DefinitionText[] = []): VmDefinition {
  const [definition] = libvirtReader.read({ file: 'vm.xml', text }, { related, openFile: () => null }).definitions;
  if (definition === undefined) throw new Error('the text holds no domain');
  return definition;
}

/** A domain with some devices, on an own line from line 5. */
export function domain(devices: string, { machine = 'pc-q35-11.1', arch = 'x86_64', more = '' } = {}): string {
  const open = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n<name>db1</name>";
  return `${open}\n<os><type arch='${arch}' machine='${machine}'>hvm</type></os><features><acpi/></features>\n<devices>\n${devices}\n</devices>${more}</domain>\n`;
}

/** An assigned device at an address of the host. */
export function hostdev(address: string, inner = ''): string {
  const [, bus, slot, fn] = /^(..):(..)\.(.)$/.exec(address) ?? [];
  const source = `<source><address domain='0x0000' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/></source>`;
  return `<hostdev mode='subsystem' type='pci' managed='yes'>${source}${inner}</hostdev>`;
}

/** `vfio-pci hostdev0 host=0000:3b:00.0 bus=pci.2 addr=0x0`. */
export function deviceLine({ driver, id, values }: DefinedDevice): string {
  return [driver, id ?? '-', ...values.map(({ name, value }) => `${name}=${value}`)].join(' ');
}

/** All devices, or those whose line fits. */
export function deviceLines(definition: VmDefinition, wanted = /./): string[] {
  return definition.devices.map(deviceLine).filter(line => wanted.test(line));
}
