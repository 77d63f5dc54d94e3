/** What can be said of a VM before any host is looked at: its machine type, the places and the properties of its devices. */
import type { Profile } from '../../profiles/index.ts';
import type { DefinedDevice, DefinedObject, VmDefinition } from '../definition.ts';
import type { Place, PlanError } from '../plan-report.ts';
import { assume, type PlanAssumptions } from './assumptions.ts';
import type { PropertyContext } from './device-properties.ts';
import { isAssigned } from './handover/backend.ts';
import type { Demand } from './host/candidates.ts';
import { type FoundMachine, findMachine } from './machine.ts';
import { judgeMachineOptions } from './machine-options.ts';
import { type PlacedVm, placeVm } from './place-vm.ts';
import { type PreparedDevice, prepareDevice } from './prepared-device.ts';
import { firstOf, type Verdict } from './verdict.ts';

/** What is the same of a VM on every host, so that no host has to find it out again. */
export interface CommonFacts {
  /** Objects that assigned devices use. */
  readonly objects: readonly DefinedObject[];
  /** Addresses that the VM's manager takes from the host's drivers before the VMM starts, as far as the definition names them. */
  readonly boundAtStart: ReadonlySet<string>;
  /** How many devices of each set are wanted. */
  readonly demand: Demand;
  readonly places: ReadonlyMap<DefinedDevice, Place | null>;
  /** Devices that do not get their place, or of which that is not known. */
  readonly misplaced: readonly Misplaced[];
}

/** A device, by what a plan calls it, and why it does not get its place. */
export interface Misplaced {
  readonly device: DefinedDevice;
  readonly id: string;
  readonly verdict: Exclude<Verdict, { readonly outcome: 'realized' }>;
}

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
  readonly common: CommonFacts;
}

/** What a definition is under one profile, whatever kernel the hosts have. */
interface Base {
  readonly definition: VmDefinition;
  readonly profile: Profile;
  readonly vm: PreparedVm;
}

function boundAtStart(assigned: readonly PreparedDevice[]): ReadonlySet<string> {
  return new Set(
    assigned.flatMap(({ device }) => (device.isBoundAtStart === true && device.host.kind === 'address' ? [device.host.address.text] : [])),
  );
}

function demandOf(assigned: readonly PreparedDevice[]): Demand {
  const demand = new Map<string, number>();
  for (const { device } of assigned) {
    if (device.host.kind === 'candidates') demand.set(device.host.words, (demand.get(device.host.words) ?? 0) + 1);
  }
  return demand;
}

function commonFacts({ devices }: PlacedVm, assigned: readonly PreparedDevice[]): CommonFacts {
  return {
    objects: [...new Set(assigned.flatMap(({ chosen }) => chosen.object ?? []))],
    boundAtStart: boundAtStart(assigned),
    demand: demandOf(assigned),
    places: new Map(devices.map(({ device, place }) => [device, place])),
    misplaced: devices.flatMap(({ device, id, busVerdict, placeVerdict }) => {
      const verdict = firstOf([busVerdict, placeVerdict]);
      return verdict.outcome === 'realized' ? [] : [{ device, id, verdict }];
    }),
  };
}

/**
 * The last one: what a change of the kernel or of the hosts leaves as it is, is prepared once. A WeakMap of all would keep what it has of
 * every VM of a fleet until all of memory is looked through, as values that lead to their own keys survive until then.
 */
let last: Base | null = null;

function prepareBase(definition: VmDefinition, profile: Profile): PreparedVm {
  if (last?.definition === definition && last.profile === profile) return last.vm;
  const found = findMachine(definition, profile);
  const placed = placeVm(definition, found, profile);
  const context: PropertyContext = { definition, profile, machine: found.kind === 'found' ? found.machine.name : null };
  const prepared = placed.devices.filter(({ device }) => isAssigned(device)).map(each => prepareDevice(each, context));
  // A view would be that of another machine.
  const assigned = found.kind === 'unlisted' ? prepared.map(each => ({ ...each, request: null })) : prepared;
  const optionError = judgeMachineOptions(definition, found, profile);
  const vm = { definition, ofHost: [], profile, machine: found, optionError, placed, assigned, common: commonFacts(placed, assigned) };
  last = { definition, profile, vm };
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
