/** Which values of a VM are to be written out: every AUTO, and what a compat row, an alias or the host decided. */
import type { DefinedDevice, VmDefinition } from '../definition.ts';
import type { DevicePlan, HostPlan, IommuPlan, PlannedProperty, VmPlan } from '../plan-report.ts';
import type { TextEdit } from './edits.ts';

/** A value of one device, or the machine type. */
export interface Pin {
  /** null for the machine. */
  readonly device: DefinedDevice | null;
  /** `ats`; `type` of the machine. */
  readonly name: string;
  readonly value: string;
  /** What decided it: `compat row of pc-q35-11.0`, `the host`, `alias`. */
  readonly because: string;
}

/** What is not known, and so cannot be written out. */
export interface OpenPin {
  readonly id: string;
  readonly name: string;
}

export interface Pins {
  readonly pins: readonly Pin[];
  readonly open: readonly OpenPin[];
}

const isRow = ({ source }: PlannedProperty): boolean => source.startsWith('compat row of ');

function pinsOfDevice(device: DefinedDevice, plan: DevicePlan | IommuPlan): Pins {
  const pins: Pin[] = [];
  const open: OpenPin[] = [];
  for (const [name, property] of Object.entries(plan.properties)) {
    const { value, resolved, source } = property;
    const isAuto = value === 'auto';
    if (isAuto && resolved === null) open.push({ id: plan.id, name });
    else if (isAuto) pins.push({ device, name, value: resolved ?? value, because: 'the host' });
    else if (isRow(property)) pins.push({ device, name, value, because: source });
  }
  return { pins, open };
}

/** The machine type by its whole name, where an alias or nothing is written. */
function machinePins({ definition, machine }: VmPlan): Pin[] {
  const { type } = definition.machine;
  if (machine === null || type?.value === machine) return [];
  return [{ device: null, name: 'type', value: machine, because: type === null ? 'the default' : `alias ${type.value}` }];
}

/** Finds the device of a plan: by its id or, where it has none, as the report calls it. */
export type DeviceFinder = (definition: VmDefinition, id: string) => DefinedDevice | undefined;

/** What is written out so that the VM is on every host what it is on this one. */
export function pinsOf(vm: VmPlan, host: HostPlan, find: DeviceFinder): Pins {
  const parts = [...host.iommus, ...host.devices].map(plan => {
    const device = find(vm.definition, plan.id);
    return device === undefined ? { pins: [], open: [] } : pinsOfDevice(device, plan);
  });
  return { pins: [...machinePins(vm), ...parts.flatMap(({ pins }) => pins)], open: parts.flatMap(({ open }) => open) };
}

/** A value that the format has no words for, or whose place in the text is not known. */
export interface Unwritten {
  readonly pin: Pin;
  readonly why: string;
}

/** What becomes of the pins in one format. */
export interface PinEdits {
  readonly edits: readonly TextEdit[];
  readonly unwritten: readonly Unwritten[];
}

/** Writes pins in the words of one format. */
export type Pinner = (definition: VmDefinition, text: string, pins: readonly Pin[]) => PinEdits;
