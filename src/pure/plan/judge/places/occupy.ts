/** How a function gets its slot on a bus: QEMU's checks, in its order and with its words. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { Origin } from '../../origin.ts';
import type { Bus, Occupant } from './pci-tree.ts';
import { Refusal } from './refusal.ts';

/** Who wants a place. */
export interface Applicant {
  readonly driver: string;
  readonly id: string | null;
  readonly isBridge: boolean;
  /** -1 for the first free slot, null for one that a manager chooses at start. */
  readonly address: number | null;
  readonly multifunction: boolean;
  readonly isVirtual: boolean;
  /** One that it could have named, where the bus is the VMM's choice. */
  readonly otherBus: string | null;
  /** What the words are about. */
  readonly origin: Origin | null;
}

/** `5.1`, as QEMU's words have it. */
export const formatFunction = (devfn: number): string => `${hexDigits(devfn >> 3, 1)}.${devfn & 7}`;

/** `05.1`, as QEMU's lists have it. */
export const formatAddress = (devfn: number): string => `${hexDigits(devfn >> 3, 2)}.${devfn & 7}`;

/** Where a function other than 0 stands alone, or beside a function 0 that says it is the only one. */
function checkFunctions(bus: Bus, { multifunction, origin }: Applicant, devfn: number): void {
  const first = devfn & ~7;
  if (first !== devfn) {
    const zero = bus.functions.get(first);
    if (zero === undefined || zero.multifunction) return;
    const message = `PCI: single function device can't be populated in function ${formatFunction(devfn)}`;
    throw new Refusal('place.function', message, { mend: { kind: 'multifunction', of: nameOf(zero), devfn: first }, origin });
  }
  if (multifunction) return;
  for (let other = first + 1; other < first + 8; other += 1) {
    const occupant = bus.functions.get(other);
    if (occupant === undefined || occupant.isVirtual) continue;
    const message = `PCI: ${formatFunction(devfn)} indicates single function, but ${formatFunction(other)} is already populated.`;
    throw new Refusal('place.function', message, { mend: { kind: 'multifunction', of: 'this device', devfn }, origin });
  }
}

const nameOf = ({ id, driver }: Occupant): string => id ?? driver;

/** The slot that was asked for, or the first that is free. */
function chooseAddress(bus: Bus, { driver, origin }: Applicant, address: number): number {
  if (address < 0) {
    const [first] = bus.freeSlots();
    if (first !== undefined) return first << 3;
    throw new Refusal('place.bus-full', `PCI: no slot/function available for ${driver}, all in use or reserved`, { origin });
  }
  const taken = bus.functions.get(address);
  if (taken === undefined) return address;
  const where = `slot ${address >> 3} function ${address & 7}`;
  const [free] = bus.freeSlots();
  throw new Refusal('place.slot-taken', `PCI: ${where} not available for ${driver}, in use by ${taken.driver},id=${taken.id ?? '(null)'}`, {
    mend: free === undefined || bus.traits.isLink ? null : { kind: 'address', bus: bus.name, devfn: free << 3 },
    origin,
  });
}

/** One that a manager finds a free slot for. */
function addManaged(bus: Bus, applicant: Applicant): Occupant {
  bus.isManaged = true;
  return bus.add(applicant, null);
}

/**
 * Gives an applicant its place. Where devices may be there of which nothing certain is known, the VMM's choice is not known either.
 * @throws Refusal in the words of QEMU, or for a place that such a device may have taken
 */
export function occupy(bus: Bus, applicant: Applicant): Occupant {
  const { bridgesOnly } = bus.traits;
  if (bridgesOnly !== null && !applicant.isBridge) {
    const { origin, otherBus } = applicant;
    const mend = otherBus === null ? null : ({ kind: 'bus', name: otherBus } as const);
    throw new Refusal('place.bus-kind', `PCI: Only PCI/PCIe bridges can be plugged into ${bridgesOnly}`, { mend, origin });
  }
  // There is one slot behind a link for a manager to choose.
  const address = applicant.address === null && bus.traits.isLink ? 0 : applicant.address;
  if (address === null) return addManaged(bus, applicant);
  if (bus.maybes > 0 || bus.isManaged) {
    if (address < 0) return bus.add(applicant, null);
    const isFree = !bus.functions.has(address);
    if (
      isFree &&
      bus
        .freeSlots()
        .slice(0, bus.maybes)
        .includes(address >> 3)
    ) {
      const message = `another device may already stand at ${formatAddress(address)} of ${bus.name}, since what gets the free slots is not known`;
      throw new Refusal('place.unknown', message, { origin: applicant.origin });
    }
  }
  const devfn = chooseAddress(bus, applicant, address);
  if (!applicant.isVirtual) checkFunctions(bus, applicant, devfn);
  return bus.add(applicant, devfn);
}

/** How a device's virtual functions follow it. */
export interface VirtualFunctions {
  readonly driver: string;
  readonly count: number;
  readonly offset: number;
  readonly stride: number;
}

/**
 * Takes the places of a device's virtual functions, which QEMU makes with it.
 * @throws Refusal in the words of QEMU
 */
export function occupyVirtual(owner: Occupant, { driver, count, offset, stride }: VirtualFunctions, origin: Origin | null): void {
  const { bus, devfn } = owner;
  if (devfn === null || count === 0) return;
  const first = devfn + offset;
  if (first + (count - 1) * stride > 255) throw new Refusal('place.virtual-functions', 'VF addr overflows', { origin });
  for (let number = 0; number < count; number += 1) {
    const address = first + number * stride;
    occupy(bus, { driver, id: null, isBridge: false, address, multifunction: false, isVirtual: true, otherBus: null, origin });
  }
  owner.multifunction = true;
}
