/** Where each device of a VM stands, whichever VMM it has. */
import { hexDigits } from '../../bytes/hex.ts';
import type { ProfileTables } from '../../profiles/profile-tables.ts';
import { type DefinedDevice, findValue, type VmDefinition } from '../definition.ts';
import type { Place, PlanError, PlanMessage } from '../plan-report.ts';
import type { FoundMachine } from './machine.ts';
import { type DevicePlace, type PlaceMachine, planPlaces } from './places/index.ts';
import { FINE, type Verdict } from './verdict.ts';

/** Where a device stands, and the moments at which a VMM can refuse it. */
export interface PlacedDevice {
  readonly device: DefinedDevice;
  /** Its own, or one made of its driver and its number among the devices. */
  readonly id: string;
  /** null where it has none, or it is not known. */
  readonly place: Place | null;
  /** Before the VMM sets its properties: its bus is not there. */
  readonly busVerdict: Verdict;
  /** Behind that: the slot is taken. */
  readonly placeVerdict: Verdict;
  readonly warnings: readonly PlanMessage[];
}

/** Every device, in the order in which the VMM makes them. */
export interface PlacedVm {
  readonly devices: readonly PlacedDevice[];
  /** What belongs to no device. */
  readonly errors: readonly PlanError[];
}

/** What is found out before the VMM makes any device, or sets its properties. */
const EARLY: ReadonlySet<string> = new Set(['place.id', 'place.driver', 'place.no-driver', 'place.bus', 'place.bus-kind']);

function verdictOf({ outcome, error }: DevicePlace): Verdict {
  if (error === null) return FINE;
  if (outcome === 'failed') return { outcome: 'failed', error };
  return outcome === 'unknown' ? { outcome: 'unknown', error } : FINE;
}

/** What a plan calls a device, whose number in the definition makes a name where it has no id. */
export const idOf = ({ id, driver }: DefinedDevice, index: number): string => id ?? `${driver}.${index}`;

/** What is known of a machine's buses: of one of which nothing else is known, by its name. */
function placeMachine(machine: FoundMachine): PlaceMachine | null {
  if (machine.kind === 'unlisted') return { family: machine.name, version: null };
  return machine.kind === 'found' ? machine.machine : null;
}

function placeInQemu(definition: VmDefinition, machine: FoundMachine, { properties }: ProfileTables): PlacedVm {
  const { devices, errors } = planPlaces(definition, placeMachine(machine), properties?.version ?? null);
  const placed = definition.devices.flatMap((device, index): PlacedDevice[] => {
    const { [index]: found } = devices;
    if (found === undefined) return [];
    const verdict = verdictOf(found);
    const isEarly = verdict.outcome !== 'realized' && EARLY.has(verdict.error.code);
    return [
      {
        device,
        id: idOf(device, index),
        place: found.place,
        busVerdict: isEarly ? verdict : FINE,
        placeVerdict: isEarly ? FINE : verdict,
        warnings: [...found.warnings, ...(found.unseen === null ? [] : [found.unseen])],
      },
    ];
  });
  return { devices: placed, errors };
}

/** A segment has one flat bus: every device stands on the root complex. */
function placeFlat(definition: VmDefinition): PlacedVm {
  const devices = definition.devices.map((device, index): PlacedDevice => {
    const [segment, slot] = [findValue(device.values, 'pci_segment'), findValue(device.values, 'pci_device_id')];
    const address = slot === undefined || !/^\d+$/.test(slot.value) ? null : `${hexDigits(Number(slot.value), 2)}.0`;
    const place: Place = { bus: `segment ${segment?.value ?? '0'}`, address, kind: 'root-complex' };
    return { device, id: idOf(device, index), place, busVerdict: FINE, placeVerdict: FINE, warnings: [] };
  });
  return { devices, errors: [] };
}

export function placeVm(definition: VmDefinition, machine: FoundMachine, profile: ProfileTables): PlacedVm {
  return definition.vmm.family === 'qemu' ? placeInQemu(definition, machine, profile) : placeFlat(definition);
}
