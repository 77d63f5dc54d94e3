/** A device of a domain while its place is not settled yet. */
import type { DefinedValue, HostChoice } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { findAttribute, findChild, type XmlElement } from './xml.ts';

/** Where on the guest's buses a device sits. */
export interface GuestAddress {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
  /** null where the text says nothing. */
  readonly multifunction: boolean | null;
  /** Of the address, or of what libvirt made it for. */
  readonly origin: Origin;
}

/** The models of PCI controllers. */
export type BusModel = (typeof BUS_MODELS)[number];

export const BUS_MODELS = [
  'pci-root',
  'pcie-root',
  'pci-bridge',
  'dmi-to-pci-bridge',
  'pcie-to-pci-bridge',
  'pcie-root-port',
  'pcie-switch-upstream-port',
  'pcie-switch-downstream-port',
  'pci-expander-bus',
  'pcie-expander-bus',
] as const;

/** What a device wants to be connected to; `integrated` is the root itself, `none` is no PCI bus at all. */
export type Connection = Exclude<BusModel, 'pci-root' | 'pcie-root'> | 'express' | 'conventional' | 'integrated';

/** The classes of devices, in the order in which libvirt gives places to those that have none. */
export const PLACING_ORDER = [
  'filesystem',
  'interface',
  'sound',
  'controller',
  'disk',
  'hostdev',
  'memballoon',
  'rng',
  'watchdog',
  'video',
  'shmem',
  'input',
  'serial',
  'vsock',
  'memory',
  'iommu',
  'crypto',
  'panic',
] as const;

export type DeviceClass = (typeof PLACING_ORDER)[number] | 'pci';

/** A device that takes a place. */
export interface GuestDevice {
  readonly class: DeviceClass;
  /** The element that it is, or that libvirt adds it to. */
  readonly element: XmlElement;
  readonly driver: string;
  readonly id: string | null;
  /** Without those of its place. */
  values: readonly DefinedValue[];
  /** null for one on no PCI bus, such as intel-iommu. */
  readonly connection: Connection | null;
  /** Places that libvirt takes before any other, where they are free. */
  readonly preferred?: readonly Omit<GuestAddress, 'origin'>[];
  /** Of functions that share a slot, its group; they go where the first of them goes. */
  readonly group?: { readonly name: string; readonly function: number };
  readonly host: HostChoice;
  readonly isBoundAtStart?: boolean;
  address: GuestAddress | null;
  readonly origin: Origin;
}

/** A PCI controller: a device that makes a bus. */
export interface GuestBus {
  readonly index: number;
  readonly model: BusModel;
  /** QEMU's name for the bus. */
  readonly name: string;
  /** libvirt keeps buses by their index, and before all others those that the text gives none. */
  readonly order: number;
  /** null for the root, which the machine makes. */
  readonly device: GuestDevice | null;
}

/** Buses in the order in which libvirt keeps them. */
export function inOrder(buses: Iterable<GuestBus>): readonly GuestBus[] {
  return [...buses].sort((one, other) => one.order - other.order);
}

/** What libvirt takes of a user; anything else it drops. */
const USER_ALIAS = /^ua-[A-Za-z0-9_-]*$/;

/** The alias that a text gives, where libvirt keeps it: those of a user's own, and all of a VM that runs. */
export function aliasOf(element: XmlElement, isLive: boolean): string | null {
  const alias = findChild(element, 'alias');
  const name = alias === undefined ? undefined : findAttribute(alias, 'name')?.value;
  return name !== undefined && (isLive || USER_ALIAS.test(name)) ? name : null;
}

/** Gives names with a number, each once, as libvirt does: one more than the greatest that is taken. */
export class Aliases {
  readonly #next = new Map<string, number>();
  readonly #isLive: boolean;

  constructor(isLive: boolean) {
    this.#isLive = isLive;
  }

  of(element: XmlElement, prefix: string): string {
    const own = aliasOf(element, this.#isLive);
    const number = own?.startsWith(prefix) ? Number(own.slice(prefix.length)) : Number.NaN;
    const next = this.#next.get(prefix) ?? 0;
    if (own !== null) {
      if (Number.isInteger(number)) this.#next.set(prefix, Math.max(next, number + 1));
      return own;
    }
    this.#next.set(prefix, next + 1);
    return `${prefix}${next}`;
  }
}
