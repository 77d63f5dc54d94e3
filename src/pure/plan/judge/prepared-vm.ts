/** What can be said of a VM before any host is looked at: its machine type, the places and the properties of its devices. */
import type { Profile } from '../../profiles/index.ts';
import type { VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import { assume, type PlanAssumptions } from './assumptions.ts';
import { isAssigned } from './backend.ts';
import type { PropertyContext } from './device-properties.ts';
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

export function prepareVm(given: VmDefinition, profile: Profile, assumed: PlanAssumptions): PreparedVm {
  const definition = assume(given, assumed, isAssigned);
  const found = findMachine(definition, profile);
  const placed = placeVm(definition, found, profile);
  const context: PropertyContext = { definition, profile, machine: found.kind === 'found' ? found.machine.name : null, assumed };
  const prepared = placed.devices.filter(({ device }) => isAssigned(device)).map(each => prepareDevice(each, context));
  // A view would be that of another machine.
  const assigned = found.kind === 'unlisted' ? prepared.map(each => ({ ...each, request: null })) : prepared;
  const optionError = judgeMachineOptions(definition, found, profile);
  return { definition, ofHost: [], profile, machine: found, optionError, placed, assigned };
}
