/**
 * Where QEMU puts each device of a definition: bus, slot and function, or the words with which it refuses. Devices are made one after
 * another as QEMU makes them. Where one is refused the next are judged as if it were not there, so that one run says all that is wrong.
 */
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { Place, PlanError, PlanMessage } from '../../plan-report.ts';
import { mendWords } from '../mends/place-words.ts';
import { PlaceBench } from './bench.ts';
import { PROPERTIES_VERSION } from './generated/device-properties.ts';
import type { PlaceMachine } from './machine-devices.ts';
import { formatAddress } from './occupy.ts';
import type { Occupant } from './pci-tree.ts';
import { type Complaint, Refusal } from './refusal.ts';
import { unseenFunctions } from './unseen.ts';

/**
 * `placed`: it has a place; its address is null where a manager chooses it at start. `none`: it is no PCI device, or none of its own. `failed`: QEMU refuses it. `unknown`: what QEMU does cannot
 * be known.
 */
export type PlaceOutcome = 'placed' | 'none' | 'failed' | 'unknown';

/** What becomes of one device. */
export interface DevicePlace {
  readonly outcome: PlaceOutcome;
  /** null where it has none; of one that is unknown as much as is known. */
  readonly place: Place | null;
  /** `slot << 3 | function`; null where there is no address. */
  readonly devfn: number | null;
  /** What function 0 of its slot says of the slot. */
  readonly multifunction: boolean;
  /** QEMU's words where it is refused; ours where it is unknown. */
  readonly error: PlanMessage | null;
  /** Whether QEMU refuses it while it reads its command line, before it makes any device. */
  readonly isParseError: boolean;
  /**
   * In QEMU's words. That of a slot which is not valid holds of an assigned device only where its config space has 4096 bytes, since
   * QEMU says it of PCI Express devices alone.
   */
  readonly warnings: readonly PlanMessage[];
  /** Why a guest does not find it where it stands, in our words; null where it does. */
  readonly unseen: PlanMessage | null;
}

/** The places of a VM. */
export interface PciPlaces {
  /** One for each device of the definition, in its order. */
  readonly devices: readonly DevicePlace[];
  /** What belongs to no device: a -global that ends QEMU, an option of the machine that is missing. */
  readonly errors: readonly PlanError[];
  /** Functions that the definition does not name: the machine's own, those of older options, virtual functions. */
  readonly others: readonly {
    readonly driver: string;
    readonly id: string | null;
    readonly bus: string;
    readonly address: string | null;
  }[];
}

/** A complaint as a plan has it. */
function toMessage({ code, message, mend, origin }: Complaint, definition: VmDefinition): PlanMessage {
  return { stage: 'vmm', code, message, mend: mendWords(mend, definition.source.format), origin };
}

const NOTHING: DevicePlace = {
  outcome: 'none',
  place: null,
  devfn: null,
  multifunction: false,
  error: null,
  isParseError: false,
  warnings: [],
  unseen: null,
};

function placeOf({ bus, devfn }: Occupant): Place {
  return { bus: bus.name, address: devfn === null ? null : formatAddress(devfn), kind: bus.placement };
}

/** A device that was made, and what it said. */
interface Made {
  readonly occupant: Occupant | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly Complaint[];
}

function make(bench: PlaceBench, device: DefinedDevice, index: number): Made {
  const warnings: Complaint[] = [];
  try {
    return { occupant: bench.add(device, index, warnings), refusal: null, warnings };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { occupant: bench.uncertain.get(index) ?? null, refusal: error, warnings };
  }
}

function describe({ occupant, refusal, warnings }: Made, unseen: Complaint | undefined, definition: VmDefinition): DevicePlace {
  const outcome = refusal ? (refusal.isUnknown ? 'unknown' : 'failed') : occupant ? 'placed' : 'none';
  const hasPlace = occupant !== null && outcome !== 'failed';
  return {
    ...NOTHING,
    outcome,
    place: hasPlace ? placeOf(occupant) : null,
    devfn: hasPlace ? occupant.devfn : null,
    multifunction: hasPlace && occupant.multifunction,
    error: refusal && toMessage(refusal.complaint, definition),
    warnings: warnings.map(warning => toMessage(warning, definition)),
    unseen: hasPlace && unseen ? toMessage(unseen, definition) : null,
  };
}

/**
 * The places of a definition of QEMU's. `machine` is null where its type is not known: nothing is known then, nor of a family that is not
 * known, but which devices take no place. `version` is that of the program: the properties of its devices are judged where they are known.
 */
export function planPlaces(definition: VmDefinition, machine: PlaceMachine | null, version: string | null = PROPERTIES_VERSION): PciPlaces {
  const bench = new PlaceBench(definition, machine, version === PROPERTIES_VERSION);
  const made = definition.devices.map((device, index): Made => make(bench, device, index));
  bench.finish();
  const unseen = unseenFunctions(bench.occupants);
  const named = new Set(made.map(({ occupant }) => occupant));
  const devices = made.map((one, index) => {
    const place = describe(one, one.occupant ? unseen.get(one.occupant) : undefined, definition);
    return bench.isParseError(index) ? { ...place, isParseError: true } : place;
  });
  const others = bench.occupants
    .filter(occupant => !named.has(occupant))
    .map(({ driver, id, bus, devfn }) => ({ driver, id, bus: bus.name, address: devfn === null ? null : formatAddress(devfn) }));
  const errors = bench.errors.map(({ of, ...complaint }) => ({ ...toMessage(complaint, definition), of }));
  return { devices, errors, others };
}
