/** `<os>` and `<features>`: the machine, and the buses that it has of its own. */
import type { DefinedMachine, DefinedValue } from '../../definition.ts';
import type { MachineBuses } from './controllers.ts';
import { type LibvirtText, textValue } from './libvirt-text.ts';
import { findAttribute, findChild, findChildren, type XmlAttribute, type XmlElement } from './xml.ts';

/** The machine of a domain. */
export interface ReadMachine {
  readonly architecture: string | null;
  readonly type: DefinedValue | null;
  readonly values: readonly DefinedValue[];
  readonly buses: MachineBuses;
  readonly isArmVirt: boolean;
  readonly hasAcpi: boolean;
}

/** Machine types that an architecture has where the text names none. */
const USUAL_TYPES: Readonly<Record<string, string>> = {
  x86_64: 'pc',
  i686: 'pc',
  aarch64: 'virt',
  armv7l: 'virt',
  riscv64: 'virt',
  riscv32: 'virt',
};

export function readMachine(text: LibvirtText, domain: XmlElement, isLive: boolean): ReadMachine {
  const os = findChild(domain, 'os');
  const element = os === undefined ? undefined : findChild(os, 'type');
  const architecture = element === undefined ? null : (findAttribute(element, 'arch')?.value ?? null);
  const machine = element === undefined ? undefined : findAttribute(element, 'machine');
  const name = machine?.value ?? USUAL_TYPES[architecture ?? 'x86_64'] ?? '';
  const isX86 = architecture === null || architecture === 'x86_64' || architecture === 'i686';
  const isQ35 = isX86 && /^(?:pc-)?q35(?:-|$)/.test(name);
  const isI440fx = isX86 && (name === 'pc' || /^pc-(?:i440fx|\d)/.test(name));
  const isVirt = !isX86 && /^virt(?:-|$)/.test(name);
  const root = isQ35 || isVirt ? 'pcie-root' : isI440fx ? 'pci-root' : writtenRoot(domain);
  const features = findChild(domain, 'features');
  const values = features === undefined ? [] : featureValues(text, features);
  const gic = features === undefined ? undefined : findChild(features, 'gic');
  if (gic !== undefined && isX86) {
    const where = `architecture '${architecture ?? 'x86_64'}' or machine type '${name.slice(0, 80)}'`;
    text.refuse(`The 'gic' feature is not supported for ${where}`, text.origin(gic));
  }
  return {
    architecture,
    type: machineType(text, element, machine),
    values: element === undefined ? values : [textValue('usb', 'off', text.madeOf(element)), ...values],
    buses: { root, rootName: root === 'pci-root' ? 'pci.0' : 'pcie.0', isQ35, isI440fx, isLive },
    isArmVirt: isVirt && (architecture === 'aarch64' || architecture === 'armv7l'),
    hasAcpi: features !== undefined && findChild(features, 'acpi') !== undefined,
  };
}

/** As written, or what libvirt writes down at define where the architecture's program has no default of its own. */
function machineType(text: LibvirtText, element: XmlElement | undefined, machine: XmlAttribute | undefined): DefinedValue | null {
  if (machine !== undefined) return textValue('type', machine.value, text.valueOrigin(machine));
  const usual = element === undefined ? undefined : USUAL_TYPES[findAttribute(element, 'arch')?.value ?? ''];
  return element === undefined || usual === undefined || usual === 'pc' ? null : textValue('type', usual, text.madeOf(element));
}

/** The root of PCI of a machine that is not known, as the text has it. */
function writtenRoot(domain: XmlElement): MachineBuses['root'] {
  const devices = findChild(domain, 'devices');
  const models =
    devices === undefined ? [] : findChildren(devices, 'controller').map(controller => findAttribute(controller, 'model')?.value);
  return models.includes('pcie-root') ? 'pcie-root' : models.includes('pci-root') ? 'pci-root' : null;
}

/** What of `<features>` becomes a word of the machine that says something about devices. */
function featureValues(text: LibvirtText, features: XmlElement): DefinedValue[] {
  const values: DefinedValue[] = [];
  const ioapic = findChild(features, 'ioapic');
  const driver = ioapic === undefined ? undefined : text.word(ioapic, 'driver', ['kvm', 'qemu']);
  if (ioapic !== undefined && driver !== undefined) {
    values.push(textValue('kernel-irqchip', driver === 'qemu' ? 'split' : 'on', text.madeOf(ioapic)));
  }
  const gic = findChild(features, 'gic');
  const version = gic === undefined ? undefined : findAttribute(gic, 'version');
  if (version !== undefined) values.push(textValue('gic-version', version.value, text.valueOrigin(version)));
  return values;
}

/** The machine in QEMU's terms, with what other elements add to it. */
export function definedMachine(machine: ReadMachine, more: readonly DefinedValue[]): DefinedMachine {
  return { type: machine.type, values: [...machine.values, ...more] };
}
