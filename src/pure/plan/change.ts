/** What a change does to VMs: the same plan before and after it, and only what is not the same. */
import { formatHex } from '../bytes/hex.ts';
import { type Comparison, compare, guestBytes, type View } from '../guest-view/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { resolvedAts } from './judge/assigned-device.ts';
import type { DevicePlan, HostPlan, IommuPlan, VmPlan } from './plan-report.ts';

/** What became of one device or IOMMU, or of the VM as a whole. */
export interface Change {
  /** The id of a device or an IOMMU; null for the VM. */
  readonly id: string | null;
  readonly code: 'starts-no-more' | 'starts-now' | 'not-known' | 'ats-lost' | 'ats-gained' | 'bytes-differ' | 'property' | 'words';
  /** One sentence. */
  readonly text: string;
}

/** The changes of one VM on one host; empty where there are none. */
export interface HostChange {
  readonly host: string;
  readonly changes: readonly Change[];
}

/** One VM before and after. */
export interface VmChange {
  readonly before: VmPlan;
  readonly after: VmPlan;
  readonly hosts: readonly HostChange[];
}

const sayWhy = (plan: HostPlan): string => (plan.stopsWith === null ? '' : `: ${plan.stopsWith.message}`);

function outcomeChange(before: HostPlan, after: HostPlan): Change[] {
  if (before.outcome === after.outcome) return [];
  if (after.outcome === 'fails') return [{ id: null, code: 'starts-no-more', text: `starts no more${sayWhy(after)}` }];
  if (before.outcome === 'fails') {
    return [{ id: null, code: 'starts-now', text: after.outcome === 'fits' ? 'starts now' : 'may start now; that is not known' }];
  }
  if (after.outcome === 'unknown') return [{ id: null, code: 'not-known', text: 'whether it starts is not known any more' }];
  return [{ id: null, code: 'starts-now', text: 'starts, which was not known before' }];
}

/** Of a VMM without such a property it is what the guest sees. */
function atsOf({ properties: { ats }, view }: DevicePlan): string | null {
  return ats === undefined ? resolvedAts(view) : ats.resolved;
}

function atsChange(id: string, before: DevicePlan, after: DevicePlan): Change[] {
  const [had, has] = [atsOf(before), atsOf(after)];
  if (had === 'on' && has === 'off') return [{ id, code: 'ats-lost', text: 'guest loses ATS' }];
  if (had === 'off' && has === 'on') return [{ id, code: 'ats-gained', text: 'guest gets ATS' }];
  return [];
}

/** A view that was compared with another; views are kept, so that many VMs ask about the same two. */
const compared = new WeakMap<View, WeakMap<View, Comparison | null>>();

function compareViews(before: View, after: View): Comparison | null {
  const known = compared.get(before) ?? new WeakMap<View, Comparison | null>();
  compared.set(before, known);
  const found = known.get(after);
  if (found !== undefined) return found;
  const made = compareRealized(before, after);
  known.set(after, made);
  return made;
}

/** Whether both are known whole and have the same bytes, which is sooner told than what differs. */
function isSame(a: ConfigSpace, b: ConfigSpace): boolean {
  if (!a.isWhole || !b.isWhole || a.bytes.length !== b.bytes.length) return false;
  return a.bytes.every((byte, at) => byte === b.bytes[at]);
}

/** null where a side has no guest, or nothing differs. */
function compareRealized({ realized: a }: View, { realized: b }: View): Comparison | null {
  if (a.outcome === 'failed' || b.outcome === 'failed') return null;
  const [before, after] = [guestBytes(a), guestBytes(b)];
  const isConventional = a.isOnConventionalBus;
  if (isConventional === b.isOnConventionalBus && isSame(before, after)) return null;
  return compare({ config: before, isConventional }, { config: after, isConventional: b.isOnConventionalBus });
}

/** The most places that a sentence names. */
const MOST_PLACES = 6;

function bytesChange(id: string, before: View | null, after: View | null): Change[] {
  if (before === null || after === null || before === after) return [];
  const comparison = compareViews(before, after);
  if (comparison === null || comparison.differences.length === 0) return [];
  const places = [...new Set(comparison.differences.map(({ at, place }) => `${place} at ${formatHex(at)}`))];
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : '';
  return [{ id, code: 'bytes-differ', text: `guest-visible bytes differ: ${places.slice(0, MOST_PLACES).join(', ')}${more}` }];
}

function propertyChanges(id: string, before: IommuPlan | DevicePlan, after: IommuPlan | DevicePlan): Change[] {
  return Object.entries(after.properties).flatMap(([name, { resolved }]): Change[] => {
    const had = before.properties[name]?.resolved ?? null;
    if (had === null || resolved === null || had === resolved || (name === 'ats' && 'host' in after)) return [];
    return [{ id, code: 'property', text: `${name} was ${had}, is ${resolved}` }];
  });
}

/** Warnings that were not there before. */
function newWords(id: string, before: DevicePlan | IommuPlan, after: DevicePlan | IommuPlan): Change[] {
  const known = new Set(before.warnings.map(({ message }) => message));
  return after.warnings
    .filter(({ message }) => !known.has(message))
    .map(({ message }) => ({ id, code: 'words', text: `new warning: ${message}` }));
}

function deviceChanges(before: DevicePlan, after: DevicePlan): Change[] {
  const { id } = after;
  // A guest that never was, or is no more, sees nothing that could change.
  if (before.outcome === 'failed' || after.outcome === 'failed') return [];
  return [
    ...atsChange(id, before, after),
    ...bytesChange(id, before.view, after.view),
    ...propertyChanges(id, before, after),
    ...newWords(id, before, after),
  ];
}

function pairs<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): (readonly [T, T])[] {
  const old = new Map(before.map(each => [each.id, each]));
  return after.flatMap(each => {
    const other = old.get(each.id);
    return other === undefined ? [] : [[other, each] as const];
  });
}

function hostChange(before: HostPlan, after: HostPlan): HostChange {
  const changes = [
    ...outcomeChange(before, after),
    ...pairs(before.iommus, after.iommus).flatMap(([old, now]) => [...propertyChanges(now.id, old, now), ...newWords(now.id, old, now)]),
    ...pairs(before.devices, after.devices).flatMap(([old, now]) => deviceChanges(old, now)),
  ];
  return { host: after.host, changes };
}

/** What differs between two plans of one VM, host by host in their order; where the hosts were changed, each with the one in its place. */
export function changesOf(before: VmPlan, after: VmPlan): VmChange {
  const hosts = after.hosts.flatMap((now, i) => {
    const old = before.hosts[i] ?? before.hosts[0];
    return old === undefined ? [] : [hostChange(old, now)];
  });
  return { before, after, hosts };
}
