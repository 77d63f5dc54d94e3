/** Controllers: those of PCI, which make buses, and the others, which take places on them. */
import type { DefinedValue } from '../../definition.ts';
import { targetValues } from './controller-target.ts';
import { aliasOf, BUS_MODELS, type BusModel, type Connection, type GuestBus, type GuestDevice } from './guest-device.ts';
import { jsonValue, type LibvirtText } from './libvirt-text.ts';
import { readGuestAddress } from './pci-address.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

/** What QEMU calls the controllers of PCI; the first is libvirt's choice, the others are asked for by `<model name=''/>`. */
const BUS_DRIVERS: Readonly<Record<Exclude<BusModel, 'pci-root' | 'pcie-root'>, readonly [string, ...string[]]>> = {
  'pci-bridge': ['pci-bridge'],
  'dmi-to-pci-bridge': ['i82801b11-bridge'],
  'pcie-to-pci-bridge': ['pcie-pci-bridge'],
  'pcie-root-port': ['pcie-root-port', 'ioh3420'],
  'pcie-switch-upstream-port': ['x3130-upstream'],
  'pcie-switch-downstream-port': ['xio3130-downstream'],
  'pci-expander-bus': ['pxb'],
  'pcie-expander-bus': ['pxb-pcie'],
};

const ALL_DRIVERS: readonly string[] = [...Object.values(BUS_DRIVERS).flat(), 'spapr-pci-host-bridge'];

/** The models whose devices have a chassis and a port, which hot plug needs. */
const HAS_PORT: ReadonlySet<string> = new Set(['pcie-root-port', 'pcie-switch-downstream-port']);

/** The models of USB controllers whose functions share a slot, with the function that each has there. */
const USB_FUNCTIONS: Readonly<Record<string, number>> = { 'ich9-ehci1': 7, 'ich9-uhci1': 0, 'ich9-uhci2': 1, 'ich9-uhci3': 2 };

interface OtherController {
  readonly driver: string;
  readonly connection: 'express' | 'conventional';
}

const USB: Readonly<Record<string, OtherController>> = {
  'piix3-uhci': { driver: 'piix3-usb-uhci', connection: 'conventional' },
  'piix4-uhci': { driver: 'piix4-usb-uhci', connection: 'conventional' },
  ehci: { driver: 'usb-ehci', connection: 'conventional' },
  'ich9-ehci1': { driver: 'ich9-usb-ehci1', connection: 'conventional' },
  'ich9-uhci1': { driver: 'ich9-usb-uhci1', connection: 'conventional' },
  'ich9-uhci2': { driver: 'ich9-usb-uhci2', connection: 'conventional' },
  'ich9-uhci3': { driver: 'ich9-usb-uhci3', connection: 'conventional' },
  'vt82c686b-uhci': { driver: 'vt82c686b-usb-uhci', connection: 'conventional' },
  'pci-ohci': { driver: 'pci-ohci', connection: 'conventional' },
  'nec-xhci': { driver: 'nec-usb-xhci', connection: 'express' },
  'qemu-xhci': { driver: 'qemu-xhci', connection: 'express' },
};

const SCSI: Readonly<Record<string, OtherController>> = {
  lsilogic: { driver: 'lsi', connection: 'conventional' },
  lsisas1068: { driver: 'mptsas1068', connection: 'conventional' },
  lsisas1078: { driver: 'megasas', connection: 'conventional' },
  vmpvscsi: { driver: 'pvscsi', connection: 'conventional' },
  dc390: { driver: 'dc390', connection: 'conventional' },
  am53c974: { driver: 'am53c974', connection: 'conventional' },
  'virtio-scsi': { driver: 'virtio-scsi-pci', connection: 'express' },
  'virtio-transitional': { driver: 'virtio-scsi-pci-transitional', connection: 'conventional' },
  'virtio-non-transitional': { driver: 'virtio-scsi-pci-non-transitional', connection: 'express' },
};

/** Models that libvirt knows and x86 and Arm do not have. */
const OTHER_MODELS: readonly string[] = ['none', 'auto', 'qusb1', 'qusb2', 'buslogic', 'ibmvscsi', 'ncr53c90'];

/** How the drivers of virtio devices are called, and where they want to be, by the model that the text gives. */
export function virtioDriver(name: string, model: string | undefined): OtherController {
  if (model === 'virtio-transitional') return { driver: `${name}-pci-transitional`, connection: 'conventional' };
  if (model === 'virtio-non-transitional') return { driver: `${name}-pci-non-transitional`, connection: 'express' };
  return { driver: `${name}-pci`, connection: 'express' };
}

/** What the machine has of its own: the root of PCI, and what it is called. */
export interface MachineBuses {
  readonly root: 'pci-root' | 'pcie-root' | null;
  readonly rootName: string;
  readonly isQ35: boolean;
  readonly isI440fx: boolean;
  readonly isLive: boolean;
}

/** More than there are numbers of buses. */
export const MOST_BUSES = 256;

/** What libvirt says where a controller finds no place. */
export function noSlotFor(model: string): string {
  return `a PCIe slot is needed to connect a PCI controller model='${model}', but none is available, and it cannot be automatically added`;
}

/** The bus that the machine has. */
export function rootBus(model: BusModel, name: string): GuestBus {
  return { index: 0, model, name, order: Number.NEGATIVE_INFINITY, device: null };
}

/** A bus of a `<controller type='pci'>`; null for one that libvirt refuses. */
export function readBus(
  text: LibvirtText,
  element: XmlElement,
  machine: MachineBuses,
  known: ReadonlyMap<number, GuestBus>,
): GuestBus | null {
  const origin = text.origin(element);
  const given = findAttribute(element, 'model')?.value;
  const model = BUS_MODELS.find(name => name === given);
  let index = text.count(element, 'index');
  if (given !== undefined && model === undefined) text.refuse(`Unknown model type '${given.slice(0, 80)}'`, origin);
  const isNumbered = index !== undefined;
  if (index === undefined) {
    index = 0;
    while (model !== 'pci-root' && model !== 'pcie-root' && (index === 0 || known.has(index))) index++;
  }
  if (known.get(index)?.device) {
    text.refuse(`Multiple 'pci' controllers with index '${index}'`, origin);
    return null;
  }
  if (index >= MOST_BUSES) {
    text.refuse(noSlotFor(model ?? 'pcie-root-port'), origin);
    return null;
  }
  if (index === 0) {
    if (machine.root !== null && model !== undefined && model !== machine.root) {
      const wanted = `The PCI controller with index='0' must be model='${machine.root}' for this machine type`;
      text.refuse(`${wanted}, but model='${model}' was found instead`, origin);
    }
    return machine.root === null ? null : rootBus(machine.root, machine.rootName);
  }
  if (model === undefined || model === 'pci-root' || model === 'pcie-root') {
    if (given === undefined) text.refuse('PCI controller model was not set correctly', origin);
    return null;
  }
  const order = isNumbered ? index : index - MOST_INDEX;
  return makeBus(text, element, { index, model, isLive: machine.isLive, order });
}

interface BusWish {
  readonly index: number;
  readonly model: Exclude<BusModel, 'pci-root' | 'pcie-root'>;
  readonly isLive: boolean;
  readonly order: number;
}

/** Larger than any index. */
const MOST_INDEX = 2 ** 32;

function makeBus(text: LibvirtText, element: XmlElement, { index, model, isLive, order }: BusWish): GuestBus {
  const name = aliasOf(element, isLive) ?? `pci.${index}`;
  const driver = driverOf(text, element, index, model);
  const address = readGuestAddress(text, element);
  const device: GuestDevice = {
    class: 'pci',
    element,
    driver,
    id: name,
    values: targetValues(text, { element, index, model, driver }),
    connection: model,
    host: { kind: 'emulated' },
    address: address === 'unassigned' ? null : address,
    origin: text.origin(element),
    ...(model === 'dmi-to-pci-bridge' ? { preferred: [{ bus: 0, slot: 0x1e, function: 0, multifunction: null }] } : {}),
  };
  return { index, model, name, order, device };
}

/** What QEMU calls a controller: `<model name=''/>`, where it is one of the model's. */
function driverOf(text: LibvirtText, element: XmlElement, index: number, model: BusWish['model']): string {
  const drivers = BUS_DRIVERS[model];
  const wanted = findChild(element, 'model');
  const name = wanted === undefined ? undefined : text.word(wanted, 'name', ALL_DRIVERS);
  if (wanted === undefined || name === undefined) return drivers[0];
  if (!drivers.includes(name)) {
    const which = `PCI controller with index '${index}', model '${model}' and modelName '${name}'`;
    text.refuse(`Option 'modelName' has invalid value for ${which}`, text.origin(wanted));
  }
  return name;
}

/** A bus that libvirt adds, for want of one that the text has; it stands with all devices. */
export function addedBus(text: LibvirtText, devices: XmlElement, index: number, model: BusWish['model']): GuestBus {
  const name = `pci.${index}`;
  const origin = text.madeOf(devices);
  const values = HAS_PORT.has(model)
    ? [jsonValue('chassis', index, origin)]
    : model === 'pci-bridge'
      ? [jsonValue('chassis_nr', index, origin)]
      : [];
  const device: GuestDevice = {
    class: 'pci',
    element: devices,
    driver: BUS_DRIVERS[model][0],
    id: name,
    values,
    connection: model,
    host: { kind: 'emulated' },
    address: null,
    origin,
  };
  return { index, model, name, order: index, device };
}

/** The `port` of a port that the text gives none: libvirt makes it of its place, when that is known. */
export function portOf({ model, device }: GuestBus): DefinedValue | null {
  if (device === null || device.address === null || !HAS_PORT.has(model) || device.values.some(({ name }) => name === 'port')) return null;
  const { slot, function: fn } = device.address;
  const port = model === 'pcie-root-port' ? slot * 8 + fn : slot;
  return jsonValue('port', port, { ...device.origin, span: null });
}

/** What other controllers are read with. */
export interface ControllerContext {
  readonly text: LibvirtText;
  readonly machine: MachineBuses;
  /** The model of SCSI controllers that the text gives none; undefined for libvirt's own choice. */
  readonly scsiModel: string | undefined;
}

/** A SCSI controller that has no model gets that of the first which has one. */
export function controllerContext(text: LibvirtText, machine: MachineBuses, devices: XmlElement): ControllerContext {
  const index = (one: XmlElement) => Number(findAttribute(one, 'index')?.value ?? 0);
  const known = findChildren(devices, 'controller').filter(
    one => findAttribute(one, 'type')?.value === 'scsi' && findAttribute(one, 'model') !== undefined,
  );
  const [first] = known.sort((one, other) => index(one) - index(other));
  return { text, machine, scsiModel: first === undefined ? undefined : findAttribute(first, 'model')?.value };
}

/** A controller of another kind; null for one that takes no place of its own. */
export function readController(context: ControllerContext, element: XmlElement, index: number): GuestDevice | null {
  const { text, machine } = context;
  const type = findAttribute(element, 'type')?.value;
  const found = otherController(context, element, index);
  const given = findAttribute(element, 'model');
  const models = type === 'usb' ? USB : type === 'scsi' ? SCSI : null;
  if (models !== null && given !== undefined && models[given.value] === undefined && !OTHER_MODELS.includes(given.value)) {
    text.refuse(`Unknown model type '${given.value.slice(0, 80)}'`, text.valueOrigin(given));
  }
  if (found === null) return null;
  const address = readGuestAddress(text, element);
  const model = findAttribute(element, 'model')?.value ?? '';
  const fn = type === 'usb' ? USB_FUNCTIONS[model] : undefined;
  // The companions of a USB controller are no devices of their own to libvirt, and QEMU gets no id for them.
  const isCompanion = fn !== undefined && fn !== 7;
  return {
    class: 'controller',
    element,
    driver: found.driver,
    id: isCompanion ? null : (aliasOf(element, machine.isLive) ?? controllerAlias(type ?? '', index)),
    values: [],
    connection: found.connection,
    ...(fn === undefined ? {} : { group: { name: `usb${index}`, function: fn } }),
    ...preferredPlace(type, model, machine, index),
    host: { kind: 'emulated' },
    address: address === 'unassigned' ? null : address,
    origin: text.origin(element),
  };
}

export function controllerAlias(type: string, index: number): string {
  return type === 'usb' && index === 0 ? 'usb' : `${type}${index}`;
}

function otherController({ machine, scsiModel }: ControllerContext, element: XmlElement, index: number): OtherController | null {
  const type = findAttribute(element, 'type')?.value;
  const model = findAttribute(element, 'model')?.value;
  switch (type) {
    case 'usb': {
      const usual = machine.isI440fx ? 'piix3-uhci' : 'qemu-xhci';
      return model === 'none' ? null : (USB[model ?? usual] ?? null);
    }
    case 'scsi':
      return SCSI[model ?? scsiModel ?? (machine.isQ35 || machine.isI440fx ? 'lsilogic' : 'virtio-scsi')] ?? null;
    case 'sata':
      return machine.isQ35 && index === 0 ? null : { driver: 'ahci', connection: 'conventional' };
    case 'virtio-serial':
      return virtioDriver('virtio-serial', model);
    case 'nvme':
      return { driver: 'nvme', connection: 'express' };
    default:
      return null;
  }
}

/** Places that the chipset of the real machine has for them. */
function preferredPlace(type: string | undefined, model: string, machine: MachineBuses, index: number): Pick<GuestDevice, 'preferred'> {
  if (type !== 'usb') return {};
  const fn = USB_FUNCTIONS[model];
  if (machine.isQ35 && fn !== undefined) {
    const slots = index === 0 ? [0x1d, 0x1a] : [0x1a, 0x1d];
    return { preferred: slots.map(slot => ({ bus: 0, slot, function: fn, multifunction: null })) };
  }
  const isPiix = machine.isI440fx && index === 0 && (model === '' || model === 'piix3-uhci');
  return isPiix ? { preferred: [{ bus: 0, slot: 1, function: 2, multifunction: null }] } : {};
}

/** What a device that can be either wants to be connected to, where the machine has no PCI Express. */
export function connectionOn(machine: MachineBuses, wanted: Connection | null): Connection | null {
  return wanted === 'express' && machine.root === 'pci-root' ? 'conventional' : wanted;
}
