/** The buses of a guest and what is taken on them. */
import type { BusModel, Connection, GuestAddress } from './guest-device.ts';

interface BusRules {
  readonly firstSlot: number;
  readonly lastSlot: number;
  /** What libvirt puts on it by itself; by its address anything may be. */
  readonly accepts: readonly Connection[];
}

const ON_CONVENTIONAL: readonly Connection[] = ['conventional', 'pci-bridge'];
const BELOW_PORT: readonly Connection[] = ['express', 'pcie-switch-upstream-port', 'pcie-to-pci-bridge'];

const RULES: Readonly<Record<BusModel, BusRules>> = {
  'pcie-root': { firstSlot: 1, lastSlot: 31, accepts: ['integrated', 'pcie-root-port', 'dmi-to-pci-bridge', 'pcie-expander-bus'] },
  'pci-root': { firstSlot: 1, lastSlot: 31, accepts: ['integrated', 'pci-expander-bus', ...ON_CONVENTIONAL] },
  'pci-bridge': { firstSlot: 1, lastSlot: 31, accepts: ON_CONVENTIONAL },
  'pcie-to-pci-bridge': { firstSlot: 1, lastSlot: 31, accepts: ON_CONVENTIONAL },
  // Nothing can be hot plugged there, so that only bridges go there by themselves.
  'dmi-to-pci-bridge': { firstSlot: 0, lastSlot: 31, accepts: ['pci-bridge'] },
  'pcie-root-port': { firstSlot: 0, lastSlot: 0, accepts: BELOW_PORT },
  'pcie-switch-downstream-port': { firstSlot: 0, lastSlot: 0, accepts: BELOW_PORT },
  'pcie-switch-upstream-port': { firstSlot: 0, lastSlot: 31, accepts: ['pcie-switch-downstream-port'] },
  'pci-expander-bus': { firstSlot: 0, lastSlot: 31, accepts: ['pci-bridge'] },
  'pcie-expander-bus': { firstSlot: 0, lastSlot: 31, accepts: ['pcie-root-port', 'dmi-to-pci-bridge'] },
};

interface Slot {
  /** A bit for each function. */
  functions: number;
  /** Whether all that is in it are root ports, which share slots. */
  isShared: boolean;
}

/** One place: slot and function. */
export interface SlotFunction {
  readonly slot: number;
  readonly function: number;
}

/** A bus with its slots. */
class Bus {
  readonly rules: BusRules;
  readonly slots = new Map<number, Slot>();

  constructor(model: BusModel) {
    this.rules = RULES[model];
  }
}

/** All buses, by their index. */
export class Buses {
  readonly #buses = new Map<number, Bus>();
  /** In the order of their index, while no bus is added. */
  #ordered: readonly [number, Bus][] | null = null;
  /** What there is no place for: nothing ever gets free. */
  readonly #full = new Set<Connection>();

  add(index: number, model: BusModel): void {
    this.#buses.set(index, new Bus(model));
    this.#ordered = null;
    this.#full.clear();
  }

  /** The last slot of a bus; undefined where there is no such bus. */
  lastSlot(index: number): number | undefined {
    return this.#buses.get(index)?.rules.lastSlot;
  }

  isFree({ bus, slot, function: fn }: Pick<GuestAddress, 'bus' | 'slot' | 'function'>): boolean {
    return (((this.#buses.get(bus)?.slots.get(slot)?.functions ?? 0) >> fn) & 1) === 0;
  }

  /** Whether a bridge or port can be on a bus; of devices by their address libvirt says nothing. */
  takes(bus: number, connection: Connection): boolean {
    const rules = this.#buses.get(bus)?.rules;
    const isDevice = connection === 'express' || connection === 'conventional' || connection === 'integrated';
    return rules === undefined || isDevice || rules.accepts.includes(connection);
  }

  /** Whether no function of a slot is taken. */
  isEmpty(bus: number, slot: number): boolean {
    return (this.#buses.get(bus)?.slots.get(slot)?.functions ?? 0) === 0;
  }

  take({ bus, slot, function: fn }: Pick<GuestAddress, 'bus' | 'slot' | 'function'>, connection: Connection | null): void {
    const slots = this.#buses.get(bus)?.slots;
    if (slots === undefined) return;
    const isShared = connection === 'pcie-root-port';
    const taken = slots.get(slot) ?? { functions: 0, isShared };
    taken.functions |= 1 << fn;
    taken.isShared &&= isShared;
    slots.set(slot, taken);
  }

  /** The first place that fits; null where there is none. */
  find(connection: Connection): (SlotFunction & { readonly bus: number }) | null {
    if (this.#full.has(connection)) return null;
    this.#ordered ??= [...this.#buses].sort(([one], [other]) => one - other);
    for (const [bus, { rules, slots }] of this.#ordered) {
      if (!rules.accepts.includes(connection)) continue;
      for (let slot = rules.firstSlot; slot <= rules.lastSlot; slot++) {
        const fn = freeFunction(slots.get(slot), connection);
        if (fn !== null) return { bus, slot, function: fn };
      }
    }
    this.#full.add(connection);
    return null;
  }

  /** How many functions of a slot are taken. */
  functionsIn(bus: number, slot: number): number {
    let functions = this.#buses.get(bus)?.slots.get(slot)?.functions ?? 0;
    let count = 0;
    for (; functions !== 0; functions &= functions - 1) count++;
    return count;
  }
}

/** Root ports share a slot, all else has one of its own. */
function freeFunction(slot: Slot | undefined, connection: Connection): number | null {
  if (slot === undefined) return 0;
  if (connection !== 'pcie-root-port' || !slot.isShared) return null;
  for (let fn = 0; fn < 8; fn++) if (((slot.functions >> fn) & 1) === 0) return fn;
  return null;
}
