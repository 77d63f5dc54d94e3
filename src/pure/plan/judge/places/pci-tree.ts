/** The PCI buses of a machine and what stands on them, in the order in which QEMU makes them, with QEMU's way to find a bus. */
import type { Placement } from '../../../rules/realize-input.ts';

/** QEMU's name of a bus's type; a bus that is given no name has this in small letters, with a number. */
export type BusType = 'PCI' | 'PCIE' | 'CXL' | 'pxb-bus' | 'pxb-pcie-bus' | 'pxb-cxl-bus';

/** A PCI function that has its place. */
export interface Occupant {
  readonly driver: string;
  readonly id: string | null;
  readonly bus: Bus;
  /** `slot << 3 | function`; null where the VMM's choice is not known. */
  readonly devfn: number | null;
  /** What its header says in function 0; a physical function of SR-IOV says so too. */
  multifunction: boolean;
  /** Functions that appear when the guest wants them, which may stand beside a single function. */
  readonly isVirtual: boolean;
  /** Its number among those on its bus. */
  readonly index: number;
}

/** What a function brings along. */
export type NewFunction = Pick<Occupant, 'driver' | 'id' | 'multifunction' | 'isVirtual'>;

/** What a bus is. */
export interface BusTraits {
  readonly type: BusType;
  /** The bridge that it is below; null for a root. */
  readonly bridge: Occupant | null;
  /** Below a port, where the link leads to one slot. */
  readonly isLink: boolean;
  /** The expander that takes bridges alone on its bus; null for other buses. */
  readonly bridgesOnly: string | null;
  /** Whether the bridge has a hot-plug controller of the conventional kind, which knows no slot 0. */
  readonly hasController: boolean;
}

/** A bus. */
export class Bus {
  readonly name: string;
  readonly traits: BusTraits;
  readonly root: Bus;
  readonly members: Occupant[] = [];
  readonly functions = new Map<number, Occupant>();
  /** How many devices may have taken one of the first free slots: those of which it is not known that they exist, or that they are PCI. */
  maybes = 0;
  /** Whether a manager chooses addresses on it at start, around those that are written down: nobody else's choice is known then. */
  isManaged = false;
  readonly #everywhere: Occupant[];

  constructor(name: string, traits: BusTraits, everywhere: Occupant[]) {
    this.name = name;
    this.traits = traits;
    this.#everywhere = everywhere;
    this.root = traits.bridge?.bus.root ?? this;
  }

  get isExpress(): boolean {
    return this.traits.type !== 'PCI' && this.traits.type !== 'pxb-bus';
  }

  get isRoot(): boolean {
    return this.traits.bridge === null;
  }

  /** What this bus makes of a device that stands on it. */
  get placement(): Placement {
    if (this.isExpress) return this.isRoot ? 'root-complex' : 'root-port';
    return this.root.isExpress ? 'conventional-bridge' : 'conventional';
  }

  /** Puts a function at an address, or at one that is not known. */
  add({ driver, id, multifunction, isVirtual }: NewFunction, devfn: number | null): Occupant {
    const occupant: Occupant = { driver, id, bus: this, devfn, multifunction, isVirtual, index: this.members.length };
    this.members.push(occupant);
    this.#everywhere.push(occupant);
    if (devfn !== null) this.functions.set(devfn, occupant);
    else if (!this.isManaged) this.maybes += 1;
    return occupant;
  }

  /** The free slots, lowest first. */
  freeSlots(): number[] {
    return Array.from({ length: 32 }, (_, slot) => slot).filter(slot => !this.functions.has(slot << 3));
  }
}

/** From the root down, the number of the root or member at each level. */
function pathOf(bus: Bus, roots: readonly Bus[]): number[] {
  const path: number[] = [];
  let at = bus;
  for (let { bridge } = at.traits; bridge !== null; bridge = at.traits.bridge) {
    path.push(bridge.index);
    at = bridge.bus;
  }
  path.push(roots.indexOf(at));
  return path.reverse();
}

/** Whether QEMU comes to `a` before `b`: what stands above first, then what was made last. */
function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at < 0 || (at < b.length && (a[at] ?? 0) > (b[at] ?? 0));
}

/** All buses of a machine. */
export class PciTree {
  /** All functions in the order in which they got their places. */
  readonly occupants: Occupant[] = [];
  readonly #roots: Bus[] = [];
  readonly #byName = new Map<string, Bus[]>();
  readonly #numbers = new Map<BusType, number>();

  /** Adds a bus; without a name it gets that of its type with the next number of that type. */
  addBus(name: string | null, traits: BusTraits): Bus {
    const bus = new Bus(name ?? this.#nextName(traits.type), traits, this.occupants);
    if (traits.bridge === null) this.#roots.push(bus);
    const same = this.#byName.get(bus.name);
    if (same) same.push(bus);
    else this.#byName.set(bus.name, [bus]);
    return bus;
  }

  #nextName(type: BusType): string {
    const number = this.#numbers.get(type) ?? 0;
    this.#numbers.set(type, number + 1);
    return `${type.toLowerCase()}.${number}`;
  }

  /** The bus that `bus=NAME` means: of several, the one that QEMU comes to first. */
  find(name: string): Bus | null {
    const [first, ...others] = this.#byName.get(name) ?? [];
    if (first === undefined) return null;
    let found = { bus: first, path: others.length > 0 ? pathOf(first, this.#roots) : [] };
    for (const bus of others) {
      const path = pathOf(bus, this.#roots);
      if (isBefore(path, found.path)) found = { bus, path };
    }
    return found.bus;
  }

  /** The bus of a device that names none: the root that was made last. */
  get defaultBus(): Bus | null {
    return this.#roots.at(-1) ?? null;
  }

  /** The root that the machine has of itself. */
  get machineRoot(): Bus | null {
    return this.#roots[0] ?? null;
  }

  /** Takes away the functions that were added behind the first `count`. */
  takeBack(count: number): void {
    for (const { bus, devfn } of this.occupants.splice(count)) {
      if (devfn !== null) bus.functions.delete(devfn);
      else if (!bus.isManaged) bus.maybes -= 1;
    }
  }

  /** All names, for suggestions. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }
}
