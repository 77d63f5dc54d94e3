/** `<target>` and `<model>` of a PCI controller, and what libvirt refuses of them. */
import type { DefinedValue } from '../../definition.ts';
import type { BusModel } from './guest-device.ts';
import { jsonValue, type LibvirtText } from './libvirt-text.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

/** A controller whose target is read. */
export interface TargetOf {
  readonly element: XmlElement;
  readonly index: number;
  readonly model: BusModel;
  /** What QEMU calls it. */
  readonly driver: string;
}

/** An attribute of `<target>` and the property that it becomes. */
interface TargetOption {
  readonly attribute: string;
  readonly property: string;
  readonly least: number;
  readonly most: number;
}

/** In the order in which libvirt looks at them. */
const OPTIONS: readonly TargetOption[] = [
  { attribute: 'busNr', property: 'bus_nr', least: 1, most: 254 },
  { attribute: 'chassisNr', property: 'chassis_nr', least: 1, most: 255 },
  { attribute: 'port', property: 'port', least: 0, most: 255 },
  { attribute: 'chassis', property: 'chassis', least: 0, most: 255 },
];

const PORT_OPTIONS: readonly string[] = ['port', 'chassis', 'hotplug'];

const OPTIONS_OF: Readonly<Partial<Record<BusModel, readonly string[]>>> = {
  'pcie-root-port': PORT_OPTIONS,
  'pcie-switch-downstream-port': PORT_OPTIONS,
  'pci-bridge': ['chassisNr'],
  'pci-expander-bus': ['busNr'],
  'pcie-expander-bus': ['busNr'],
};

/** What the text gives; libvirt makes the rest of the index. */
export function targetValues(text: LibvirtText, of: TargetOf): DefinedValue[] {
  const { element, index, model } = of;
  const target = findChild(element, 'target');
  const allowed = OPTIONS_OF[model] ?? [];
  const values: DefinedValue[] = target === undefined ? [] : writtenValues(text, target, of, allowed);
  const chassis = allowed.includes('chassis') ? 'chassis' : allowed.includes('chassisNr') ? 'chassis_nr' : null;
  if (chassis !== null && !values.some(({ name }) => name === chassis)) values.push(jsonValue(chassis, index, text.madeOf(element)));
  return values;
}

function writtenValues(text: LibvirtText, target: XmlElement, of: TargetOf, allowed: readonly string[]): DefinedValue[] {
  const values: DefinedValue[] = [];
  const wrong = [...OPTIONS.map(({ attribute }) => attribute), 'hotplug'].find(
    name => !allowed.includes(name) && findAttribute(target, name),
  );
  if (wrong !== undefined) {
    const which = `PCI controller with index '${of.index}', model '${of.model}' and modelName '${of.driver}'`;
    text.refuse(`Option '${wrong}' is not valid for ${which}`, text.origin(target));
  }
  for (const { attribute, property, least, most } of OPTIONS) {
    const found = findAttribute(target, attribute);
    if (found === undefined || !allowed.includes(attribute)) continue;
    const number = text.count(target, attribute);
    if (number === undefined) continue;
    if (number < least || number > most) {
      text.refuse(`PCI controller ${attribute} '${number}' out of range - must be ${least}-${most}`, text.valueOrigin(found));
    } else values.push(jsonValue(property, number, text.valueOrigin(found)));
  }
  const hotplug = findAttribute(target, 'hotplug');
  const word = text.word(target, 'hotplug', ['on', 'off']);
  if (hotplug !== undefined && word !== undefined && allowed.includes('hotplug')) {
    values.push(jsonValue('hotplug', word === 'on', text.valueOrigin(hotplug)));
  }
  if (of.model.endsWith('expander-bus')) values.push(...nodeValues(text, target, of));
  return values;
}

function nodeValues(text: LibvirtText, target: XmlElement, { element, index, model }: TargetOf): DefinedValue[] {
  const node = findChild(target, 'node');
  if (node === undefined) return [];
  const origin = text.textOrigin(node);
  const words = node.text.trim();
  if (!/^\d{1,9}$/.test(words)) {
    text.refuse('invalid NUMA node in target', origin);
    return [];
  }
  const cells = numaCells(element);
  const number = Number(words);
  if (number >= cells) {
    const where = `${model} with index ${index} is configured for a NUMA node (${number})`;
    text.refuse(`${where} not present in the domain's <cpu><numa> array (${cells})`, origin);
  }
  return [jsonValue('numa_node', number, origin)];
}

function numaCells(element: XmlElement): number {
  const domain = element.parent?.parent ?? null;
  const cpu = domain === null ? undefined : findChild(domain, 'cpu');
  const numa = cpu === undefined ? undefined : findChild(cpu, 'numa');
  return numa === undefined ? 0 : findChildren(numa, 'cell').length;
}
