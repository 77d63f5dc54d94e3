/** Whether a pinned text is the same VM: its plan on the same host has the same views byte for byte, and no AUTO that was not told. */
import { guestBytes, type View } from '../../guest-view/index.ts';
import { idOf } from '../judge/place-vm.ts';
import type { DevicePlan, HostPlan, IommuPlan, VmPlan } from '../plan-report.ts';
import type { OpenPin, Pin } from './pins.ts';

/** What was told to stay as it is. */
export interface Told {
  readonly open: readonly OpenPin[];
  readonly unwritten: readonly Pin[];
}

function bytesOf(view: View | null): string {
  if (view === null || view.realized.outcome === 'failed') return 'none';
  const space = guestBytes(view.realized);
  return JSON.stringify([[...space.bytes], [...space.bytes.keys()].map(at => space.firstUnknown(at) === at), space.partial]);
}

const viewsOf = ({ view, candidates }: DevicePlan): string =>
  [view, ...(candidates ?? []).map(candidate => candidate.view)].map(bytesOf).join();

function difference(was: DevicePlan, is: DevicePlan | undefined): string | null {
  if (is === undefined || is.driver !== was.driver || is.host !== was.host) return `${was.id} is another device`;
  if (is.outcome !== was.outcome) return `${was.id} is ${is.outcome}, and was ${was.outcome}`;
  const known = new Set(was.warnings.map(({ code }) => code));
  const added = is.warnings.find(({ code }) => !known.has(code));
  // What passed a strict check passes it still.
  if (added !== undefined) return `there is a new warning of ${was.id}: ${added.message}`;
  return viewsOf(was) === viewsOf(is) ? null : `the guest sees other bytes of ${was.id}`;
}

/** What an IOMMU of the guest came to; what nobody knew before is not compared. */
function iommuDifference(was: IommuPlan, is: IommuPlan | undefined): string | null {
  if (is === undefined || is.driver !== was.driver) return `${was.id} is another device`;
  if (is.outcome !== was.outcome) return `${was.id} is ${is.outcome}, and was ${was.outcome}`;
  for (const [name, { resolved }] of Object.entries(was.properties)) {
    const now = is.properties[name]?.resolved;
    if (resolved !== null && now !== resolved) return `${name} of ${was.id} is ${now}, and was ${resolved}`;
  }
  return null;
}

/** How many values are AUTO. */
const autosOf = (plans: readonly (DevicePlan | IommuPlan | undefined)[]): number =>
  plans.flatMap(plan => Object.values(plan?.properties ?? {})).filter(({ value }) => value === 'auto').length;

/** The plan of the device that stands where that of `id` stood before; its name may be another. */
function finder<T extends DevicePlan | IommuPlan>(before: HostPlan, after: HostPlan, plans: readonly T[]): (id: string) => T | undefined {
  const names = ({ definition }: HostPlan) => definition.devices.map(idOf);
  const now = new Map(names(before).map((name, i) => [name, names(after)[i]]));
  const byId = new Map(plans.map(plan => [plan.id, plan]));
  return id => byId.get(now.get(id) ?? id);
}

/** The first that is wrong with a pinned VM; null where nothing is. */
export function pinFault(before: VmPlan, after: VmPlan | undefined, { open, unwritten }: Told): string | null {
  const [[was], [is]] = [before.hosts, after?.hosts ?? []];
  if (was === undefined || is === undefined || after === undefined) return 'the VM is not in it any more';
  if (after.machine !== before.machine) return `the machine is ${after.machine}, and was ${before.machine}`;
  const [iommuOf, deviceOf] = [finder(was, is, is.iommus), finder(was, is, is.devices)];
  const iommus = was.iommus.map(plan => iommuOf(plan.id));
  const devices = was.devices.map(plan => deviceOf(plan.id));
  const words = [
    ...was.iommus.map((plan, i) => iommuDifference(plan, iommus[i])),
    ...was.devices.map((plan, i) => difference(plan, devices[i])),
    is.outcome === was.outcome ? null : `the VM ${is.outcome}, where it ${was.outcome} before`,
  ].find(one => one !== null);
  if (words !== undefined) return words;
  const autos = autosOf([...iommus, ...devices]);
  const told = open.length + unwritten.filter(({ because }) => because === 'the host').length;
  return autos > told ? `${autos} values are auto still, ${told} of them told` : null;
}
