/** Which values of a VM are to be written out: every AUTO, and what a compat row, an alias or the host decided. */

import { findProfile } from '../../profiles/index.ts';
import { upstreamMachine } from '../../qemu/index.ts';
import type { DefinedDevice, JsonKind, VmDefinition } from '../definition.ts';
import { wantedKind } from '../judge/json-kinds.ts';
import { idOf } from '../judge/place-vm.ts';
import type { DevicePlan, HostPlan, IommuPlan, PlannedProperty, VmPlan } from '../plan-report.ts';
import type { TextEdit } from './edits.ts';

/** A value of one device, of the devices of a driver that the machine makes itself, or the machine type. */
export interface Pin {
  /** null for the machine, and for a device that the machine makes. */
  readonly device: DefinedDevice | null;
  /** As the VMM's tables call it; null for the machine type. */
  readonly driver: string | null;
  /** `ats`; `type` of the machine. */
  readonly name: string;
  /** As an option spells it. */
  readonly value: string;
  /** What it is in JSON. */
  readonly json: JsonKind;
  /** What decided it: `compat row of pc-q35-11.0`, `the host`, `alias`. */
  readonly because: string;
}

/** What is not known, or cannot be written, and so stays as it is. */
export interface OpenPin {
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

export interface Pins {
  readonly pins: readonly Pin[];
  readonly open: readonly OpenPin[];
}

const isRow = ({ source }: PlannedProperty): boolean => source.startsWith('compat row of ');

/** Sizes of addresses that a host may give an SMMU, but nobody may ask for. */
const isUnwritable = (driver: string, name: string, value: string): boolean =>
  driver === 'arm-smmuv3' && name === 'oas' && value !== '44' && value !== '48';

interface Pinned {
  readonly plan: DevicePlan | IommuPlan;
  readonly device: DefinedDevice | null;
  /** By name, as QEMU declares it. */
  readonly types: ReadonlyMap<string, { readonly declaredType: string }> | undefined;
  readonly host: string;
}

function pinsOfDevice({ plan, device, types, host }: Pinned): Pins {
  const pins: Pin[] = [];
  const open: OpenPin[] = [];
  for (const [name, property] of Object.entries(plan.properties)) {
    const { value, resolved, source } = property;
    const isAuto = value === 'auto';
    if (!isAuto && !isRow(property)) continue;
    const become = isAuto ? resolved : value;
    if (become === null) open.push({ id: plan.id, name, why: `what it becomes on ${host} is not known` });
    else if (isUnwritable(plan.driver, name, become))
      open.push({ id: plan.id, name, why: `it becomes ${become} on ${host}, which the VMM takes of nobody else` });
    else {
      const json = wantedKind(types?.get(name)?.declaredType ?? '');
      pins.push({ device, driver: plan.driver, name, value: become, json, because: isAuto ? 'the host' : source });
    }
  }
  return { pins, open };
}

/** The machine type by its whole name, where an alias or nothing is written. */
function machinePins({ definition, machine }: VmPlan): Pin[] {
  const { type } = definition.machine;
  if (machine === null || (type !== null && upstreamMachine(type.value) === machine)) return [];
  const because = type === null ? 'the default' : `alias ${type.value}`;
  return [{ device: null, driver: null, name: 'type', value: machine, json: 'string', because }];
}

/** The device of a plan: by its id or, where it has none, as the report calls it; null for one that the machine makes. */
function findDevice({ devices }: VmDefinition, id: string): DefinedDevice | null {
  return devices.find((device, index) => idOf(device, index) === id) ?? null;
}

/** What is written out so that the VM is on every host what it is on this one. */
export function pinsOf(vm: VmPlan, host: HostPlan): Pins {
  const table = findProfile(vm.profile.name).properties;
  const parts = [...host.iommus, ...host.devices].map(plan => {
    const types = table?.drivers.includes(plan.driver) ? table.of(plan.driver).declarations : undefined;
    return pinsOfDevice({ plan, device: findDevice(host.definition, plan.id), types, host: host.host });
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

/** Collects what becomes of pins. */
export class PinResult implements PinEdits {
  readonly edits: TextEdit[] = [];
  readonly unwritten: Unwritten[] = [];

  /** The edit, or why there is none. */
  add(pin: Pin, edit: TextEdit | string): void {
    if (typeof edit === 'string') this.unwritten.push({ pin, why: edit });
    else this.edits.push(edit);
  }
}
