/** Gives each device a place, and adds the ports and bridges that are wanting, in the order in which libvirt does. */
import { hexDigits } from '../../../bytes/hex.ts';
import { Buses } from './buses.ts';
import { addedBus, connectionOn, type MachineBuses, MOST_BUSES, noSlotFor } from './controllers.ts';
import {
  type BusModel,
  type Connection,
  type GuestAddress,
  type GuestBus,
  type GuestDevice,
  inOrder,
  PLACING_ORDER,
} from './guest-device.ts';
import type { LibvirtText } from './libvirt-text.ts';
import type { XmlElement } from './xml.ts';

/** What is placed. */
export interface Places {
  readonly machine: MachineBuses;
  /** By their index; what is added is added here. */
  readonly buses: Map<number, GuestBus>;
  /** In the order of the text; those that libvirt adds stand last of their class. */
  readonly devices: readonly GuestDevice[];
  /** The element that all devices stand in. */
  readonly container: XmlElement;
}

/** Sets the address of every device that sits on a PCI bus and finds a place. */
export function placeDevices(text: LibvirtText, places: Places): void {
  const { machine, buses, devices } = places;
  if (machine.root === null) return;
  const hasOwnBuses = buses.size > 1;
  fillGaps(text, places);
  const trial = new Round(text, places, false);
  trial.placeAll();
  // One port or slot is left for hot plug, where libvirt chooses the buses itself.
  if (buses.size > 1 && machine.root === 'pcie-root' && !hasOwnBuses) trial.reserve('express');
  if (machine.root === 'pci-root') trial.reserve('conventional');
  const round = new Round(text, places, true);
  round.placeAll();
  for (const device of [...[...buses.values()].flatMap(({ device: of }) => of ?? []), ...devices]) shareSlot(round.taken, device);
}

/** Buses that are named and not there are ports, or bridges. */
function fillGaps(text: LibvirtText, { machine, buses, devices, container }: Places): void {
  const addresses = [...devices, ...[...buses.values()].flatMap(({ device }) => device ?? [])].flatMap(({ address }) => address ?? []);
  const most = Math.max(0, ...buses.keys(), ...addresses.map(({ bus }) => bus));
  for (let index = 1; index <= Math.min(most, MOST_BUSES - 1); index++) {
    if (buses.has(index)) continue;
    buses.set(index, addedBus(text, container, index, machine.root === 'pcie-root' ? 'pcie-root-port' : 'pci-bridge'));
  }
}

/** One go at all devices. The first finds out which buses are wanting, the second has them. */
class Round {
  readonly taken = new Buses();
  readonly #text: LibvirtText;
  readonly #places: Places;
  readonly #isLast: boolean;
  #isFull = false;
  readonly #placed = new Set<GuestDevice>();
  /** Where the functions of a group go. */
  readonly #groups = new Map<string, { readonly bus: number; readonly slot: number }>();

  constructor(text: LibvirtText, places: Places, isLast: boolean) {
    this.#text = text;
    this.#places = places;
    this.#isLast = isLast;
    for (const { index, model } of places.buses.values()) this.taken.add(index, model);
  }

  placeAll(): void {
    const { machine, devices } = this.#places;
    const buses = this.#controllers();
    if (machine.isQ35) for (const fn of [0, 2, 3]) this.taken.take({ bus: 0, slot: 0x1f, function: fn }, null);
    if (machine.isI440fx) for (const fn of [0, 3]) this.taken.take({ bus: 0, slot: 1, function: fn }, null);
    for (const device of [...buses, ...devices]) this.#takeGiven(device);
    // Places of the chipset come before all others, so that no port has them.
    for (const device of [...buses, ...devices]) this.#takePreferred(device);
    // A display whose place is taken is the first to get another.
    for (const device of devices) if (device.class === 'video' && device.preferred !== undefined) this.#place(device);
    for (const device of buses) this.#place(device);
    for (const name of PLACING_ORDER) for (const device of devices) if (device.class === name) this.#place(device);
  }

  /** Sees that there is one place more. */
  reserve(connection: Connection): void {
    if (this.taken.find(connection) === null) this.#grow(connection);
  }

  #controllers(): GuestDevice[] {
    return inOrder(this.#places.buses.values()).flatMap(({ device }) => device ?? []);
  }

  #take(device: GuestDevice, address: GuestAddress): void {
    this.#placed.add(device);
    this.taken.take(address, device.connection);
    if (device.group !== undefined) this.#groups.set(device.group.name, address);
    if (this.#isLast) device.address = address;
  }

  #takeGiven(device: GuestDevice): void {
    const { address } = device;
    if (address === null) return;
    if (this.#isLast) this.#check(device, address);
    this.#take(device, address);
  }

  #check({ connection }: GuestDevice, address: GuestAddress): void {
    const words = `0000:${hexDigits(address.bus, 2)}:${hexDigits(address.slot, 2)}.${address.function}`;
    const last = this.taken.lastSlot(address.bus);
    if (last !== undefined && address.slot > last) {
      this.#text.refuse(`Invalid PCI address ${words}. slot must be <= ${last}`, address.origin);
    } else if (connection !== null && !this.taken.takes(address.bus, connection)) {
      const wanted = `cannot be plugged into the PCI controller with index='${address.bus}'. It requires a controller that accepts a ${connection}.`;
      this.#text.refuse(`The device at PCI address ${words} ${wanted}`, address.origin);
    } else if (!this.taken.isFree(address)) {
      this.#text.refuse(`Attempted double use of PCI Address ${words}`, address.origin);
    }
  }

  #takePreferred(device: GuestDevice): void {
    if (this.#placed.has(device)) return;
    const group = device.group === undefined ? undefined : this.#groups.get(device.group.name);
    if (group !== undefined) return;
    const free = device.preferred?.find(
      place =>
        this.taken.isFree(place) && (device.group !== undefined || place.function !== 0 || this.taken.isEmpty(place.bus, place.slot)),
    );
    if (free !== undefined) this.#take(device, { ...free, origin: device.origin });
  }

  #place(device: GuestDevice): void {
    const connection = connectionOn(this.#places.machine, device.connection);
    if (connection === null || this.#placed.has(device)) return;
    const group = device.group === undefined ? undefined : this.#groups.get(device.group.name);
    if (group !== undefined && device.group !== undefined) {
      this.#take(device, { ...group, function: device.group.function, multifunction: null, origin: device.origin });
      return;
    }
    const found = this.taken.find(connection) ?? (this.#isLast ? null : this.#grow(connection));
    if (found === null) {
      if (this.#isLast) this.#noPlace(device, connection);
      return;
    }
    this.#take(device, { ...found, function: device.group?.function ?? found.function, multifunction: null, origin: device.origin });
  }

  /** libvirt ends with the first that finds none. */
  #noPlace(device: GuestDevice, connection: Connection): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#text.refuse(device.class === 'pci' ? noSlotFor(connection) : 'No more available PCI slots', device.origin);
  }

  /** Adds what has a place for it; null where nothing can. */
  #grow(connection: Connection): ReturnType<Buses['find']> {
    const { machine } = this.#places;
    switch (connection) {
      case 'express':
      case 'pcie-switch-upstream-port':
      case 'pcie-to-pci-bridge':
        if (machine.root === 'pcie-root') this.#add('pcie-root-port');
        break;
      case 'conventional':
      case 'pci-bridge':
        this.#growConventional();
    }
    return this.taken.find(connection);
  }

  #growConventional(): void {
    const { machine, buses } = this.#places;
    const models = new Set([...buses.values()].map(({ model }) => model));
    if (machine.root === 'pci-root' || models.has('dmi-to-pci-bridge') || models.has('pcie-to-pci-bridge')) {
      this.#add('pci-bridge');
      return;
    }
    this.#add('pcie-root-port');
    this.#add('pcie-to-pci-bridge');
  }

  #add(model: Exclude<BusModel, 'pci-root' | 'pcie-root'>): void {
    const { buses, container } = this.#places;
    const index = Math.max(...buses.keys()) + 1;
    if (index >= MOST_BUSES) return;
    // The port that a bridge was added with is taken by it.
    const port = model === 'pcie-to-pci-bridge' ? index - 1 : null;
    buses.set(index, addedBus(this.#text, container, index, model));
    this.taken.add(index, model);
    if (port !== null) this.taken.take({ bus: port, slot: 0, function: 0 }, model);
  }
}

/** The first function of a slot says that there are others. */
function shareSlot(taken: Buses, device: GuestDevice): void {
  const { address } = device;
  if (address === null || address.function !== 0 || address.multifunction !== null) return;
  if (taken.functionsIn(address.bus, address.slot) > 1) device.address = { ...address, multifunction: true };
}
