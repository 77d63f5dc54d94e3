/** What can be said of a VM before any host is looked at: its machine type, the places and the properties of its devices. */
import type { Profile } from '../../profiles/index.ts';
import type { VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import { assume, type PlanAssumptions } from './assumptions.ts';
import type { PropertyContext } from './device-properties.ts';
import { isAssigned } from './handover/backend.ts';
import { type FoundMachine, findMachine } from './machine.ts';
import { judgeMachineOptions } from './machine-options.ts';
import { type PlacedVm, placeVm } from './place-vm.ts';
import { type PreparedDevice, prepareDevice } from './prepared-device.ts';

export interface PreparedVm {
  readonly definition: VmDefinition;
  /** What is not known of it on the host that it was made for, or is refused there. */
  readonly ofHost: readonly PlanError[];
  readonly profile: Profile;
  readonly machine: FoundMachine;
  /** The first of its options that the VMM refuses. */
  readonly optionError: PlanError | null;
  /** All devices, in the order in which the VMM makes them. */
  readonly placed: PlacedVm;
  /** Those of the host's, in that order. */
  readonly assigned: readonly PreparedDevice[];
}

/** What a definition is under one profile, whatever kernel the hosts have. */
interface Base {
  readonly profile: Profile;
  readonly vm: PreparedVm;
}

/** The last of each definition: what a change of the kernel or of the hosts leaves as it is, is prepared once. */
const bases = new WeakMap<VmDefinition, Base>();

function prepareBase(definition: VmDefinition, profile: Profile): PreparedVm {
  const known = bases.get(definition);
  if (known?.profile === profile) return known.vm;
  const found = findMachine(definition, profile);
  const placed = placeVm(definition, found, profile);
  const context: PropertyContext = { definition, profile, machine: found.kind === 'found' ? found.machine.name : null };
  const prepared = placed.devices.filter(({ device }) => isAssigned(device)).map(each => prepareDevice(each, context));
  // A view would be that of another machine.
  const assigned = found.kind === 'unlisted' ? prepared.map(each => ({ ...each, request: null })) : prepared;
  const optionError = judgeMachineOptions(definition, found, profile);
  const vm = { definition, ofHost: [], profile, machine: found, optionError, placed, assigned };
  bases.set(definition, { profile, vm });
  return vm;
}

function withKernel(device: PreparedDevice, kernel: string): PreparedDevice {
  const { request } = device;
  return request === null ? device : { ...device, request: { ...request, assumed: { ...request.assumed, kernel } } };
}

export function prepareVm(given: VmDefinition, profile: Profile, assumed: PlanAssumptions): PreparedVm {
  const { kernel } = assumed;
  const base = prepareBase(assume(given, assumed, isAssigned), profile);
  return kernel === undefined ? base : { ...base, assigned: base.assigned.map(device => withKernel(device, kernel)) };
}
