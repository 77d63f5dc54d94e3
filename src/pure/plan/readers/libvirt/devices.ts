/** All devices of a domain that take places, and those that libvirt adds. */
import type { DefinedValue } from '../../definition.ts';
import { type AssignedContext, readHostdev, readHostdevInterface, readPooledInterface } from './assigned.ts';
import { type ControllerContext, controllerContext, readController } from './controllers.ts';
import { readEmulated, videosInOrder } from './emulated.ts';
import { Aliases, type GuestBus, type GuestDevice } from './guest-device.ts';
import { impliedControllers, impliedDevices } from './implied.ts';
import { readIommus } from './iommu.ts';
import type { LibvirtText } from './libvirt-text.ts';
import type { ReadMachine } from './machine.ts';
import { type KnownNetwork, poolChoice } from './networks.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

/** The types of controllers, in their order on QEMU's command line. */
const CONTROLLER_ORDER = ['usb', 'scsi', 'sata', 'virtio-serial', 'nvme'];

const CONTROLLER_TYPES = [...(['ide', 'fdc', 'scsi', 'sata', 'virtio-serial', 'ccid', 'usb', 'pci', 'xenbus', 'isa', 'nvme'] as const)];

/** What devices are read with. */
export interface DeviceContext {
  readonly text: LibvirtText;
  readonly machine: ReadMachine;
  /** The element that all of them stand in. */
  readonly container: XmlElement;
  readonly buses: ReadonlyMap<number, GuestBus>;
  readonly assigned: AssignedContext;
  readonly networks: ReadonlyMap<string, KnownNetwork>;
}

/** The devices, and what an IOMMU says of the machine. */
export interface ReadDevices {
  readonly devices: GuestDevice[];
  readonly machineValues: readonly DefinedValue[];
}

export function readDevices(context: DeviceContext): ReadDevices {
  const { text, machine, container, buses } = context;
  const aliases = new Aliases(machine.buses.isLive);
  const controllers = controllerContext(text, machine.buses, container);
  const emulated = { text, machine: machine.buses, aliases };
  const devices: GuestDevice[] = [];
  const push = (device: GuestDevice | null) => {
    if (device !== null) devices.push(device);
  };
  const isAssigned = readAssigned(context, push);
  for (const element of container.children) {
    if (element.namespace !== container.namespace || isAssigned.has(element) || element.name === 'video') continue;
    if (element.name === 'controller') push(otherController(controllers, element));
    else push(readEmulated(emulated, element, false));
  }
  for (const [at, element] of videosInOrder(container).entries()) push(readEmulated(emulated, element, at === 0));
  devices.push(...impliedControllers(controllers, container), ...impliedDevices(text, container, machine.buses));
  sortControllers(devices);
  const { isArmVirt, hasAcpi } = machine;
  const iommus = readIommus({ text, machine: machine.buses, isArmVirt, hasAcpi, buses, aliases }, findChildren(container, 'iommu'));
  devices.push(...iommus.devices);
  return { devices, machineValues: iommus.machineValues };
}

/** libvirt reads interfaces before other assigned devices; those of pools get theirs when the VM starts, behind all others. */
function readAssigned(context: DeviceContext, push: (device: GuestDevice | null) => void): ReadonlySet<XmlElement> {
  const { container, assigned } = context;
  const pooled: XmlElement[] = [];
  const found = new Set<XmlElement>();
  for (const element of findChildren(container, 'interface')) {
    const kind = assignedInterface(context, element);
    if (kind === null) continue;
    found.add(element);
    const source = findChild(findChild(element, 'actual') ?? element, 'source');
    if (kind === 'pool') pooled.push(element);
    else push(readHostdevInterface(assigned, element, source));
  }
  for (const element of findChildren(container, 'hostdev')) push(readHostdev(assigned, element));
  for (const element of pooled) push(pooledInterface(context, element));
  return found;
}

/** How an interface is an assigned device; null where it is an emulated one. */
function assignedInterface({ text, networks }: DeviceContext, element: XmlElement): 'hostdev' | 'pool' | null {
  const type = findAttribute(findChild(element, 'actual') ?? element, 'type')?.value;
  if (type === 'hostdev') return 'hostdev';
  const name = networkName(element);
  if (type !== 'network' || name === null) return null;
  const network = networks.get(name);
  // Every libvirt has this one, and it is no pool.
  if (network === undefined && name !== 'default') {
    const quoted = JSON.stringify(name.slice(0, 80));
    const message = `The network ${quoted} is not among the inputs: if it forwards by hostdev, this is an assigned device; give its XML too`;
    text.addGap('libvirt.network.unknown', message, text.origin(element));
  }
  return network === undefined || network.pool === null ? null : 'pool';
}

function networkName(element: XmlElement): string | null {
  const source = findChild(element, 'source');
  return source === undefined ? null : (findAttribute(source, 'network')?.value ?? null);
}

function pooledInterface({ text, assigned, networks }: DeviceContext, element: XmlElement): GuestDevice | null {
  const name = networkName(element) ?? '';
  const pool = networks.get(name)?.pool ?? null;
  if (pool === null) return null;
  const origin = text.origin(findChild(element, 'source') ?? element);
  return readPooledInterface(assigned, element, poolChoice(name, pool, origin), pool.isManaged);
}

function otherController(context: ControllerContext, element: XmlElement): GuestDevice | null {
  const type = context.text.word(element, 'type', CONTROLLER_TYPES);
  if (type === 'pci' || type === undefined) return null;
  return readController(context, element, context.text.count(element, 'index') ?? 0);
}

/** libvirt keeps controllers by their type, in the order of the first of each, and by their index. */
function sortControllers(devices: GuestDevice[]): void {
  const controllers = devices.filter(device => device.class === 'controller');
  const types = [...new Set(controllers.map(controllerType))];
  const rank = (device: GuestDevice) => types.indexOf(controllerType(device));
  controllers.sort((one, other) => rank(one) - rank(other) || indexOf(one) - indexOf(other));
  let next = 0;
  for (const [at, device] of devices.entries()) if (device.class === 'controller') devices[at] = controllers[next++] ?? device;
}

/** The place of a controller's type on QEMU's command line. */
export function controllerRank(device: GuestDevice): number {
  return device.class === 'controller' ? CONTROLLER_ORDER.indexOf(controllerType(device)) : 0;
}

function controllerType(device: GuestDevice): string {
  const own = findAttribute(device.element, 'type')?.value;
  return own ?? CONTROLLER_ORDER.find(name => device.id?.startsWith(name)) ?? '';
}

function indexOf(device: GuestDevice): number {
  return Number(findAttribute(device.element, 'index')?.value ?? /\d+$/.exec(device.id ?? '')?.[0] ?? 0);
}
