/** The machine while its devices are made: the tree, what is taken, and what is said of names. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { type DefinedDevice, type DefinedValue, findValue, type VmDefinition } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { realizePlace, TakenNumbers, takeIndex } from './bridges.ts';
import { findDriver, isNoDriver, machineDriver, type PciDriver } from './driver.ts';
import { driveDevices, type MachineDevice, type MachineStart, machineStart, type PlaceMachine } from './machine-devices.ts';
import { NameBook } from './names.ts';
import { type Applicant, occupy } from './occupy.ts';
import { type Bus, type Occupant, PciTree } from './pci-tree.ts';
import { type Complaint, type Mend, Refusal } from './refusal.ts';
import { DeviceSettings, GlobalSettings, type PlaceSettings } from './settings.ts';

/** Something to be settled: a device of the definition, or one of the machine's. */
interface Candidate {
  readonly driver: PciDriver;
  readonly id: string | null;
  readonly bus: Bus;
  readonly settings: PlaceSettings;
  /** One that it could have named, where the bus is QEMU's choice. */
  readonly otherBus: string | null;
  originOf(name: string): Origin | null;
}

const isJson = ({ values }: DefinedDevice): boolean => values.some(({ json }) => json !== null);

/** The name after `bus=`; QEMU passes over one that is no text. */
function busNameOf({ values }: DefinedDevice): DefinedValue | null {
  const value = findValue(values, 'bus');
  return value === undefined || (value.json !== null && value.json !== 'string') ? null : value;
}

/** Of a device whose driver is not known: what it takes is not judged. */
const NO_GLOBALS = new GlobalSettings([], false);

/** A machine being put together. */
export class PlaceBench {
  readonly #definition: VmDefinition;
  readonly #globals: GlobalSettings;
  readonly #start: MachineStart | null;
  readonly #tree = new PciTree();
  readonly #taken = new TakenNumbers();
  readonly #names: NameBook;
  /** The physical functions that virtual ones have named. */
  readonly #physical = new Set<string>();
  /** The first device that is made behind those of `-drive`. */
  readonly #firstJson: number;
  /** By the number of a device that is unknown: as much as is known of its place. */
  readonly uncertain = new Map<number, Occupant>();
  readonly errors: (Complaint & { readonly of: string })[] = [];

  constructor(definition: VmDefinition, machine: PlaceMachine | null, hasKnownProperties: boolean) {
    this.#definition = definition;
    this.#globals = new GlobalSettings(definition.globals, hasKnownProperties);
    this.#names = new NameBook(definition.devices.map(device => ({ device, isJson: isJson(device) })));
    this.#firstJson = definition.devices.findIndex(isJson);
    this.#start = machine && machineStart(machine, definition);
    const root = this.#start?.root;
    if (root) this.#tree.addBus(root.name, { type: root.type, bridge: null, isLink: false, bridgesOnly: null, hasController: false });
    for (const device of this.#start?.devices ?? []) this.#addMachineDevice(device);
  }

  /** All functions in the order in which they got their places. */
  get occupants(): readonly Occupant[] {
    return this.#tree.occupants;
  }

  /** Whether what is wrong with a device stops QEMU before it makes any. */
  isParseError(index: number): boolean {
    return this.#names.parseErrors.has(index);
  }

  /** What holds once all devices are made. */
  finish(): void {
    if (this.#firstJson < 0) this.#addDrives();
    const { values } = this.#definition.machine;
    const isCxlOn = ['on', 'yes', 'true', 'y'].includes(findValue(values, 'cxl')?.value ?? 'off');
    if (isCxlOn || !this.occupants.some(({ driver }) => driver === 'pxb-cxl')) return;
    const mend = { kind: 'number', option: 'cxl', value: 1 } as const;
    this.errors.push({ of: 'machine', code: 'place.expander', message: 'CXL host bridges present, but cxl=off', mend, origin: null });
  }

  /** A device that the definition does not have as one. */
  #addMachineDevice({ driver: name, devfn, multifunction, isTried }: MachineDevice): void {
    const bus = this.#tree.machineRoot;
    if (bus === null) return;
    if (name === null) {
      bus.maybes += 1;
      return;
    }
    const driver = machineDriver(name);
    try {
      const settings = new DeviceSettings(driver, this.#globals).read([]);
      if (isTried) return;
      if (devfn === null) this.#settle({ driver, id: null, bus, settings, otherBus: null, originOf: () => null });
      else bus.add({ driver: name, id: null, multifunction, isVirtual: false }, devfn);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#addError(error.complaint);
    }
  }

  #addDrives(): void {
    for (const drive of driveDevices(this.#definition)) this.#addMachineDevice(drive);
  }

  /** QEMU ends at the first, and a -global may reach all devices of a machine. */
  #addError(complaint: Complaint): void {
    if (this.errors.length > 0) return;
    const global = this.#definition.globals.find(({ origin }) => origin === complaint.origin);
    const of = global === undefined ? 'machine' : `-global ${global.driver}.${global.name}=${global.value}`;
    this.errors.push({ ...complaint, of });
  }

  /** Gives a device its place and makes its buses; takes the place back where that fails. */
  #settle({ driver, id, bus, settings, otherBus, originOf }: Candidate): Occupant {
    const { address, multifunction, physicalFunction } = settings;
    const isVirtual = physicalFunction !== '';
    const origin = originOf('addr');
    const before = this.#tree.occupants.length;
    const own = { driver: driver.name, id, isBridge: driver.isBridge, address, multifunction, isVirtual };
    takeIndex(this.#taken, settings, originOf('acpi-index'));
    try {
      const occupant = occupy(bus, { ...own, otherBus, origin });
      const hasMachineHotplug = this.#start?.hasHotplug ?? null;
      realizePlace({ tree: this.#tree, taken: this.#taken, occupant, driver, settings, hasMachineHotplug, originOf });
      if (id !== null && this.#physical.has(id)) occupant.multifunction = true;
      return occupant;
    } catch (error) {
      this.#tree.takeBack(before);
      this.#taken.indices.delete(settings.acpiIndex);
      throw error;
    }
  }

  /** The bus of a device, found as QEMU finds it. */
  #busFor(driver: string, named: DefinedValue | null): Bus {
    const words = { origin: named?.origin ?? null };
    if (this.#start === null) throw new Refusal('place.unknown', 'the buses of this machine are not known', words);
    if (named === null) {
      if (this.#tree.defaultBus) return this.#tree.defaultBus;
      throw new Refusal('place.bus', `No 'PCI' bus found for device '${driver}'`, words);
    }
    const name = named.value;
    const otherType = name === 'main-system-bus' ? 'System' : null;
    const bus = otherType === null ? this.#tree.find(name) : null;
    if (bus) return bus;
    const type = otherType ?? this.#start.otherBuses.get(name);
    if (type !== undefined) throw new Refusal('place.bus-kind', `Device '${driver}' can't go on ${type} bus`, words);
    const doubt = this.#names.doubt(name);
    if (doubt !== null) throw new Refusal('place.unknown', doubt, words);
    throw new Refusal('place.bus', `Bus '${name}' not found`, { ...words, mend: this.#otherBus(name) });
  }

  #otherBus(name: string): Mend | null {
    if (this.#names.has(name)) return { kind: 'order', of: name };
    const [nearest] = nearestNames(name, this.#tree.names());
    return nearest === undefined ? null : { kind: 'bus', name: nearest };
  }

  /** A driver that nobody knows may be PCI, and take a slot. */
  #addUnknown(device: DefinedDevice, index: number): never {
    const named = busNameOf(device);
    const bus = this.#start === null ? null : named === null ? this.#tree.defaultBus : this.#tree.find(named.value);
    if (bus) {
      if (findValue(device.values, 'addr') === undefined) bus.maybes += 1;
      else this.#addUnknownAt(bus, device, index);
    }
    const { driver, origin } = device;
    if (isNoDriver(driver)) throw new Refusal('place.no-driver', `'${driver}' is not a valid device model name`, { origin });
    throw new Refusal('place.driver-unknown', `no device ${driver} is known here, nor whether it is a PCI device`, { origin });
  }

  /** Where a place stands there, one device at most is at it, whatever it is. */
  #addUnknownAt(bus: Bus, { driver, id, origin, values }: DefinedDevice, index: number): void {
    try {
      const { address, multifunction } = new DeviceSettings(machineDriver(driver), NO_GLOBALS).read(values);
      const applicant: Applicant = { driver, id, isBridge: true, address, multifunction, isVirtual: false, otherBus: null, origin };
      this.uncertain.set(index, occupy(bus, applicant));
    } catch (error) {
      // What QEMU would say is of a driver that is not known.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** A device that takes no place itself. */
  #addOther(name: string, device: DefinedDevice, index: number): null {
    const named = busNameOf(device);
    const bus = named === null ? null : this.#tree.find(named.value);
    if (bus) throw new Refusal('place.bus-kind', `Device '${name}' can't go on ${bus.traits.type} bus`, { origin: named?.origin ?? null });
    this.#names.claim(device, index);
    // It comes with a PCI function of its own where it is given none.
    if (name === 'amd-iommu' && findValue(device.values, 'pci-id') === undefined) {
      this.#addMachineDevice({ driver: 'AMDVI-PCI', devfn: null, multifunction: false, isTried: false });
    }
    return null;
  }

  #warn({ bus, devfn, isVirtual, driver }: Occupant, { types }: PciDriver, warnings: Complaint[], origin: Complaint['origin']): void {
    if (!bus.traits.isLink || devfn === null || devfn < 8 || isVirtual) return;
    const isExpress = types.includes('pci-express-device') || types.includes('virtio-pci');
    // With alternative routing the slot is a part of the function's number.
    if (!isExpress || driver === 'igb') return;
    const message = `PCI: slot ${devfn >> 3} is not valid for ${driver}, parent device only allows plugging into slot 0.`;
    const mend = bus.functions.has(0) ? null : ({ kind: 'address', bus: bus.name, devfn: 0 } as const);
    warnings.push({ code: 'place.slot-not-seen', message, mend, origin });
  }

  #addPci(driver: PciDriver, device: DefinedDevice, index: number, warnings: Complaint[]): Occupant {
    const named = busNameOf(device);
    const originOf = (name: string) => findValue(device.values, name)?.origin ?? device.origin;
    if (!driver.isOffered)
      throw new Refusal('place.driver', "Parameter 'driver' expects a pluggable device type", { origin: device.origin });
    const bus = this.#busFor(driver.name, named);
    const made = new DeviceSettings(driver, this.#globals);
    this.#names.claim(device, index);
    const settings = made.read(device.values, device.isAddressLate);
    const otherBus = named === null ? (this.#tree.machineRoot?.name ?? null) : null;
    const occupant = this.#settle({ driver, id: device.id, bus, settings, otherBus, originOf });
    this.#warn(occupant, driver, warnings, originOf('addr'));
    this.#checkCertain(occupant, settings, index, originOf);
    return occupant;
  }

  /** Refuses to know more than is known of a device that has its place. */
  #checkCertain(occupant: Occupant, { address, physicalFunction }: PlaceSettings, index: number, originOf: Candidate['originOf']): void {
    const { devfn, bus } = occupant;
    const isManaged = address === null;
    if (devfn === null && !isManaged) {
      this.uncertain.set(index, occupant);
      const message = `it gets the first free slot of ${bus.name}, and which that is rests on devices of which it is not known whether they are there`;
      throw new Refusal('place.unknown', message, { origin: originOf('addr') });
    }
    if (physicalFunction === '') return;
    this.#physical.add(physicalFunction);
    this.uncertain.set(index, occupant);
    const message = `whether it becomes a virtual function of ${physicalFunction} is not known`;
    throw new Refusal('place.unknown', message, { origin: originOf('sriov-pf') });
  }

  /**
   * Makes one device; null for one without a place.
   * @throws Refusal in the words of QEMU, or for what is not known
   */
  add(device: DefinedDevice, index: number, warnings: Complaint[]): Occupant | null {
    if (index === this.#firstJson) this.#addDrives();
    this.#names.refuseUnparsed(index);
    const known = findDriver(device.driver);
    try {
      if (known === null) return this.#addUnknown(device, index);
      if (!known.isPci) return this.#addOther(known.name, device, index);
      return this.#addPci(known.driver, device, index, warnings);
    } catch (error) {
      if (error instanceof Refusal && !this.uncertain.has(index)) this.#names.lose(device, error);
      throw error;
    }
  }
}
