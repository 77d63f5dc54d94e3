/** What a device does once it has its place: the buses that bridges make, the numbers that ports and expanders must not share. */
import type { Origin } from '../../origin.ts';
import type { PciDriver } from './driver.ts';
import { occupy, occupyVirtual, type VirtualFunctions } from './occupy.ts';
import type { BusTraits, BusType, Occupant, PciTree } from './pci-tree.ts';
import { type Mend, Refusal } from './refusal.ts';
import type { PlaceSettings } from './settings.ts';

/** The numbers that are given. */
export class TakenNumbers {
  /** `chassis:slot` of ports. */
  readonly ports = new Set<string>();
  /** Of expanders. */
  readonly buses = new Set<number>();
  /** What the firmware's tables call devices. */
  readonly indices = new Set<number>();
}

/** A device that has its place, on the way to be realized. */
export interface Newcomer {
  readonly tree: PciTree;
  readonly taken: TakenNumbers;
  readonly occupant: Occupant;
  readonly driver: PciDriver;
  readonly settings: PlaceSettings;
  /** Whether the machine plugs devices on conventional buses itself; null where that is not known. */
  readonly hasMachineHotplug: boolean | null;
  /** For its words: where a value stands, or the device. */
  originOf(name: string): Origin | null;
}

const NO_CHASSIS = 'Bridge chassis not specified. Each bridge is required to be assigned a unique chassis id > 0.';

const number = (option: string, value: number): Mend => ({ kind: 'number', option, value });

function below(occupant: Occupant, type: BusType, traits: Partial<BusTraits> = {}): BusTraits {
  return { type, bridge: occupant, isLink: false, bridgesOnly: null, hasController: false, ...traits };
}

/**
 * Takes the index that the firmware's tables give a device, which QEMU looks at before the place.
 * @throws Refusal in the words of QEMU
 */
export function takeIndex({ indices }: TakenNumbers, { acpiIndex }: PlaceSettings, origin: Origin | null): void {
  if (acpiIndex === 0) return;
  if (acpiIndex > 16383) throw new Refusal('place.index', 'acpi-index should be less or equal to 16383', { origin });
  if (indices.has(acpiIndex)) {
    const free = Array.from({ length: 16383 }, (_, index) => index + 1).find(index => !indices.has(index));
    const mend = free === undefined ? null : number('acpi-index', free);
    throw new Refusal('place.index', `a PCI device with acpi-index = ${acpiIndex} already exist`, { mend, origin });
  }
  indices.add(acpiIndex);
}

/** A root port or the downstream port of a switch. */
function realizePort({ tree, taken, occupant, driver, settings, originOf }: Newcomer): void {
  const { chassis, slot } = settings;
  const key = (slotNumber: number) => `${chassis}:${slotNumber}`;
  if (chassis !== null && taken.ports.has(key(slot))) {
    const isUsed = (value: number) => taken.ports.has(`${value}:${slot}`);
    const free = Array.from({ length: 255 }, (_, index) => index + 1).find(value => !isUsed(value));
    const mend = free === undefined ? null : number('chassis', free);
    throw new Refusal('place.chassis', "Can't add chassis slot, error -16", { mend, origin: originOf('chassis') });
  }
  if (chassis !== null) taken.ports.add(key(slot));
  tree.addBus(occupant.id, below(occupant, driver.name === 'cxl-rp' ? 'CXL' : 'PCIE', { isLink: true }));
}

/** An expander: QEMU looks at the kind of bus first, then whether it is a root, then at the number. */
function realizeExpander({ tree, taken, occupant, driver, settings, originOf }: Newcomer): void {
  const { bus, id } = occupant;
  const isConventional = driver.name === 'pxb';
  if (bus.isExpress === isConventional) {
    const message = `${driver.name} devices cannot reside on a ${bus.isExpress ? 'PCIe' : 'PCI'} bus`;
    throw new Refusal('place.expander', message, { origin: originOf('bus') });
  }
  if (!bus.isRoot) {
    const mend: Mend | null = tree.machineRoot && { kind: 'bus', name: tree.machineRoot.name };
    throw new Refusal('place.expander', 'PXB devices can be attached only to root bus', { mend, origin: originOf('bus') });
  }
  const { busNumber } = settings;
  if (busNumber !== null && taken.buses.has(busNumber)) {
    throw new Refusal('place.expander', `Bus ${busNumber} is already in use`, { origin: originOf('bus_nr') });
  }
  if (isConventional && busNumber === 0) {
    throw new Refusal('place.chassis', NO_CHASSIS, { mend: number('bus_nr', 0x80), origin: originOf('bus_nr') });
  }
  if (busNumber !== null) taken.buses.add(busNumber);
  const traits = { bridge: null, isLink: false, bridgesOnly: driver.name, hasController: false };
  if (!isConventional) {
    tree.addBus(id, { ...traits, type: driver.name === 'pxb-cxl' ? 'pxb-cxl-bus' : 'pxb-pcie-bus' });
    return;
  }
  // The bus that its id names is that of a bridge which it has on a root of its own.
  const root = tree.addBus('pxb-internal', { ...traits, type: 'pxb-bus' });
  const origin = originOf('driver');
  const own = { driver: 'pci-bridge', id, isBridge: true, address: 0, multifunction: false, isVirtual: false };
  tree.addBus(id, below(occupy(root, { ...own, otherBus: null, origin }), 'PCI'));
}

const CONVENTIONAL_BRIDGES = ['pci-bridge', 'pci-bridge-seat', 'pcie-pci-bridge', 'i82801b11-bridge'];

/** The virtual functions that a device brings along. */
function virtualFunctionsOf({ name }: PciDriver, { virtualFunctions }: PlaceSettings): VirtualFunctions | null {
  if (name === 'igb') return { driver: 'igbvf', count: 8, offset: 0x80, stride: 2 };
  return name === 'nvme' && virtualFunctions > 0 ? { driver: name, count: virtualFunctions, offset: 1, stride: 1 } : null;
}

function checkRootOnly({ tree, occupant, driver, originOf }: Newcomer): void {
  if (driver.name !== 'virtio-iommu-pci' || occupant.bus.isRoot) return;
  const mend: Mend | null = tree.machineRoot && { kind: 'bus', name: tree.machineRoot.name };
  throw new Refusal('place.bus-kind', 'virtio-iommu-pci must be plugged on the root bus', { mend, origin: originOf('bus') });
}

/** A network card that stands in for another while that one migrates. */
function checkFailover({ occupant, settings, originOf }: Newcomer): void {
  if (settings.failoverPair === '') return;
  const origin = originOf('failover_pair_id');
  if (!occupant.bus.isExpress) throw new Refusal('place.failover', 'failover primary device must be on PCIExpress bus', { origin });
  const isAlone = !settings.multifunction && (occupant.devfn === null || (occupant.devfn & 7) === 0);
  if (!isAlone) throw new Refusal('place.failover', 'failover: primary device must be in its own PCI slot', { origin });
}

/**
 * Plugs a device that is realized into the hot-plug controller of its bus, where the machine has none that takes the bus over.
 * @throws Refusal in the words of QEMU, or where the machine's is not known
 */
function plug({ tree, occupant, hasMachineHotplug, originOf }: Newcomer): void {
  const { bus, devfn } = occupant;
  if (!bus.traits.hasController || devfn === null || devfn > 7) return;
  // The machine's own takes over what is below its root.
  const isTakenOver = bus.root === tree.machineRoot ? hasMachineHotplug : false;
  if (isTakenOver === true) return;
  const [free] = bus.freeSlots().filter(slot => slot > 0);
  const mend: Mend | null = free === undefined ? null : { kind: 'address', bus: bus.name, devfn: free << 3 };
  const origin = originOf('addr');
  if (isTakenOver === null) {
    throw new Refusal('place.unknown', `whether this machine takes a device in slot 0 of ${bus.name} is not known`, { mend, origin });
  }
  const message = 'Unsupported PCI slot 0 for standard hotplug controller. Valid slots are between 1 and 31.';
  throw new Refusal('place.hotplug-controller', message, { mend, origin });
}

/**
 * Makes the buses of a bridge and takes the numbers that it is given.
 * @throws Refusal in the words of QEMU
 */
export function realizePlace(newcomer: Newcomer): void {
  const { tree, occupant, driver, settings, originOf } = newcomer;
  const { types, name } = driver;
  checkRootOnly(newcomer);
  if (types.includes('pcie-slot')) realizePort(newcomer);
  else if (name === 'pxb' || name === 'pxb-pcie' || name === 'pxb-cxl') realizeExpander(newcomer);
  else if (CONVENTIONAL_BRIDGES.includes(name)) {
    const isPciBridge = name.startsWith('pci-bridge');
    if (isPciBridge && settings.chassisNumber === 0) {
      throw new Refusal('place.chassis', NO_CHASSIS, { mend: number('chassis_nr', 1), origin: originOf('driver') });
    }
    const hasController = isPciBridge ? settings.hasController : name === 'pcie-pci-bridge';
    tree.addBus(occupant.id, below(occupant, 'PCI', { hasController }));
  } else if (driver.isBridge) tree.addBus(occupant.id, below(occupant, 'PCIE'));
  const virtual = virtualFunctionsOf(driver, settings);
  if (virtual) occupyVirtual(occupant, virtual, originOf('driver'));
  checkFailover(newcomer);
  plug(newcomer);
}
