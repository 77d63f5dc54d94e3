/** A `<domain>` as a definition in QEMU's terms. */
import { formatHex } from '../../../bytes/hex.ts';
import type { DefinedDevice, DefinedGlobal, DefinedObject, VmDefinition } from '../../definition.ts';
import type { DefinitionText, ReadContext } from '../reader.ts';
import { type AssignedContext, IOMMUFD_ID } from './assigned.ts';
import { portOf, readBus, rootBus } from './controllers.ts';
import { controllerRank, readDevices } from './devices.ts';
import { Aliases, type GuestBus, type GuestDevice, inOrder } from './guest-device.ts';
import { findUnknownNames } from './known-names.ts';
import { jsonValue, LibvirtText, textValue } from './libvirt-text.ts';
import { definedMachine, type ReadMachine, readMachine } from './machine.ts';
import type { KnownNetwork } from './networks.ts';
import { placeDevices } from './place-devices.ts';
import { readCommandline, withCommandline } from './qemu-commandline.ts';
import { applyOverrides } from './qemu-override.ts';
import { checkDomain, checkTwice } from './whole-vm.ts';
import { findAttribute, findChild, findChildren, type XmlDocument, type XmlElement } from './xml.ts';

const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';

/** The order of a domain's classes on QEMU's command line; controllers are ordered by their type besides. */
const ARGUMENT_ORDER = [
  'pci',
  'controller',
  'iommu',
  'memory',
  'disk',
  'filesystem',
  'interface',
  'serial',
  'input',
  'video',
  'sound',
  'watchdog',
  'hostdev',
  'memballoon',
  'rng',
  'panic',
  'shmem',
  'vsock',
  'crypto',
] as const;

/** What a domain is read with. */
export interface DomainInput {
  readonly definition: DefinitionText;
  readonly document: XmlDocument;
  readonly domain: XmlElement;
  /** Whether it is of a VM that runs: its aliases hold then, and libvirt itself wrote it. */
  readonly isLive: boolean;
  readonly networks: ReadonlyMap<string, KnownNetwork>;
  readonly context: ReadContext;
}

export function readDomain(input: DomainInput): VmDefinition {
  const { document, domain, isLive, networks } = input;
  const { file } = input.definition;
  const text = new LibvirtText(document, input.definition.text);
  checkDomain(text, domain);
  const machine = readMachine(text, domain, isLive);
  const container = containerOf(domain);
  const iommufd = readIommufd(text, domain);
  const hasGraphics = findChild(container, 'graphics') !== undefined;
  const assigned: AssignedContext = { text, aliases: new Aliases(isLive), iommufd, hasGraphics };
  const buses = readBuses(text, container, machine);
  const { devices, machineValues } = readDevices({ text, machine, container, buses, assigned, networks });
  placeDevices(text, { machine: machine.buses, buses, devices, container });
  const ordered = inArgumentOrder(buses, devices);
  const defined = ordered.map(device => definedDevice(device, buses, machine));
  const ofQemu = (wanted: string) => domain.children.find(({ name, namespace }) => name === wanted && namespace === QEMU_NAMESPACE);
  const overridden = applyOverrides(text, ofQemu('override'), defined);
  checkTwice(text, ordered, container);
  const words = readCommandline(text, ofQemu('commandline'), input.context);
  const unknown = isLive && document.root !== domain ? [] : findUnknownNames(document, domain);
  const definition: VmDefinition = {
    name: findChild(domain, 'name')?.text.trim() || file,
    source: { format: 'libvirt', file, line: text.origin(domain).line },
    vmm: { family: 'qemu', architecture: machine.architecture, program: findChild(container, 'emulator')?.text.trim() ?? null },
    machine: definedMachine(machine, machineValues),
    hasDefaultDevices: false,
    accelerators: accelerators(domain),
    globals: hostBridgeGlobals(text, container, machine),
    objects: readObjects(text, devices),
    devices: overridden,
    otherOptions: [],
    ...text.partial,
    findings: [...text.findings, ...unknown],
  };
  return withCommandline(definition, words);
}

/** The element that all devices stand in; of several libvirt takes all that is in them. */
function containerOf(domain: XmlElement): XmlElement {
  const [first, ...others] = findChildren(domain, 'devices');
  if (first === undefined) return { ...domain, children: [], parent: domain };
  return others.length === 0 ? first : { ...first, children: [first, ...others].flatMap(({ children }) => children) };
}

function accelerators(domain: XmlElement): readonly string[] {
  const type = findAttribute(domain, 'type')?.value;
  return type === 'kvm' ? ['kvm'] : type === 'qemu' ? ['tcg'] : [];
}

/** `<iommufd enabled='yes'/>` of the whole VM. */
function readIommufd(text: LibvirtText, domain: XmlElement): XmlElement | null {
  const element = findChild(domain, 'iommufd');
  if (element === undefined) return null;
  const enabled = text.requiredWord(element, 'enabled', ['yes', 'no']);
  if (enabled !== 'yes' && findAttribute(element, 'fdgroup') !== undefined) {
    text.refuse("Setting 'fdgroup' when 'iommufd' is disabled is not supported.", text.origin(element));
  }
  return enabled === 'yes' ? element : null;
}

function readBuses(text: LibvirtText, container: XmlElement, machine: ReadMachine): Map<number, GuestBus> {
  const buses = new Map<number, GuestBus>();
  const { root, rootName } = machine.buses;
  if (root !== null) buses.set(0, rootBus(root, rootName));
  const controllers = findChildren(container, 'controller').filter(element => findAttribute(element, 'type')?.value === 'pci');
  // Those with a number come first, so that the others find theirs free.
  for (const isNumbered of [true, false]) {
    for (const element of controllers) {
      if ((findAttribute(element, 'index') !== undefined) !== isNumbered) continue;
      const bus = readBus(text, element, machine.buses, buses);
      if (bus !== null) buses.set(bus.index, bus);
    }
  }
  numberExpanders(text, inOrder(buses.values()));
  return buses;
}

/** Expanders whose bus has no number get one below all others, with room for a bus behind it. */
function numberExpanders(text: LibvirtText, buses: readonly GuestBus[]): void {
  const expanders = buses.flatMap(({ model, device }) => (model.endsWith('expander-bus') && device !== null ? [device] : []));
  let lowest = Math.min(
    256,
    ...expanders.flatMap(({ values }) => values.filter(({ name }) => name === 'bus_nr').map(({ value }) => Number(value))),
  );
  for (const device of expanders) {
    if (device.values.some(({ name }) => name === 'bus_nr')) continue;
    lowest -= 2;
    device.values = [...device.values, jsonValue('bus_nr', lowest, text.madeOf(device.element))];
  }
}

function inArgumentOrder(buses: ReadonlyMap<number, GuestBus>, devices: readonly GuestDevice[]): readonly GuestDevice[] {
  const ports = inOrder(buses.values()).flatMap(({ device }) => device ?? []);
  const rank = (device: GuestDevice) => ARGUMENT_ORDER.indexOf(device.class);
  return [...ports, ...[...devices].sort((one, other) => rank(one) - rank(other) || controllerRank(one) - controllerRank(other))];
}

function definedDevice(device: GuestDevice, buses: ReadonlyMap<number, GuestBus>, machine: ReadMachine): DefinedDevice {
  const { driver, id, host, origin, isBoundAtStart } = device;
  const bus = [...buses.values()].find(one => one.device === device);
  const port = bus === undefined ? null : portOf(bus);
  return {
    driver,
    id,
    values: [...(port === null ? [] : [port]), ...device.values, ...placeValues(device, buses, machine)],
    host,
    ...(isBoundAtStart === undefined ? {} : { isBoundAtStart }),
    origin,
  };
}

function placeValues({ address }: GuestDevice, buses: ReadonlyMap<number, GuestBus>, machine: ReadMachine): DefinedDevice['values'] {
  if (address === null) return [];
  const { bus, slot, function: fn, multifunction, origin: place } = address;
  const origin = { ...place, span: null };
  const name = buses.get(bus)?.name ?? (bus === 0 ? machine.buses.rootName : `pci.${bus}`);
  const addr = fn === 0 ? formatHex(slot) : `${formatHex(slot)}.${formatHex(fn)}`;
  return [
    jsonValue('bus', name, origin),
    ...(multifunction === null ? [] : [jsonValue('multifunction', multifunction, origin)]),
    jsonValue('addr', addr, origin),
  ];
}

/** `<pcihole64>` of the root, which libvirt sets for the machine's host bridge. */
function hostBridgeGlobals(text: LibvirtText, container: XmlElement, { buses }: ReadMachine): DefinedGlobal[] {
  const driver = buses.isQ35 ? 'q35-pcihost' : buses.isI440fx ? 'i440FX-pcihost' : null;
  const roots = findChildren(container, 'controller').filter(element => findChild(element, 'pcihole64') !== undefined && isRoot(element));
  return roots.flatMap(root => {
    const hole = findChild(root, 'pcihole64');
    const size = hole === undefined ? null : sizeInKib(text, hole);
    if (driver === null || hole === undefined || size === null) return [];
    return [{ driver, ...textValue('pci-hole64-size', `${size}K`, { ...text.textOrigin(hole), span: null }) }];
  });
}

/** Of other controllers libvirt takes no notice of it. */
function isRoot(controller: XmlElement): boolean {
  const model = findAttribute(controller, 'model')?.value;
  return model === 'pcie-root' || model === 'pci-root' || findAttribute(controller, 'index')?.value === '0';
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['k', 1n],
  ['KiB', 1n],
  ['M', 1024n],
  ['MiB', 1024n],
  ['G', 1024n ** 2n],
  ['GiB', 1024n ** 2n],
  ['T', 1024n ** 3n],
  ['TiB', 1024n ** 3n],
]);

function sizeInKib(text: LibvirtText, element: XmlElement): bigint | null {
  const unit = findAttribute(element, 'unit');
  const factor = UNITS.get(unit?.value ?? 'KiB');
  const words = element.text.trim();
  const origin = text.textOrigin(element);
  if (!/^\d{1,15}$/.test(words)) text.refuse(`Invalid value '${words.slice(0, 80)}' for element or attribute './pcihole64'`, origin);
  else if (factor === undefined) text.refuse(`unknown suffix '${unit?.value.slice(0, 80)}'`, origin);
  else return BigInt(words) * factor;
  return null;
}

/** The objects that assigned devices want. */
function readObjects(text: LibvirtText, devices: readonly GuestDevice[]): DefinedObject[] {
  const user = devices.find(({ values }) => values.some(({ name }) => name === 'iommufd'));
  const objects: DefinedObject[] = [];
  if (user !== undefined) objects.push({ type: 'iommufd', id: IOMMUFD_ID, values: [], origin: text.madeOf(user.element) });
  for (const device of devices) {
    if (device.class !== 'hostdev' || device.id === null) continue;
    const acpi = findChild(device.element, 'acpi');
    const nodes = acpi === undefined ? undefined : findAttribute(acpi, 'nodeset');
    if (nodes !== undefined && !/^\s*\^?\d+(?:-\d+)?(?:\s*,\s*\^?\d+(?:-\d+)?)*\s*$/.test(nodes.value)) {
      text.refuse(`Failed to parse bitmap '${nodes.value.slice(0, 80)}'`, text.valueOrigin(nodes));
      continue;
    }
    for (const node of nodes === undefined ? [] : nodesOf(nodes.value)) {
      const origin = text.origin(acpi ?? device.element);
      const values = [jsonValue('pci-dev', device.id, origin), jsonValue('node', node, origin)];
      objects.push({ type: 'acpi-generic-initiator', id: `gi${objects.filter(({ type }) => type !== 'iommufd').length}`, values, origin });
    }
  }
  return objects;
}

/** `0-2,5` as numbers; libvirt takes no more than 1024 nodes. */
function nodesOf(set: string): readonly number[] {
  const nodes = new Set<number>();
  for (const part of set.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    for (let node = Number(first ?? 1); node <= Math.min(Number(last ?? 0), 1023); node++) nodes.add(node);
  }
  return [...nodes];
}
