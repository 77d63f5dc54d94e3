/** What a change does to VMs: the same plan before and after it, and only what is not the same. */
import type { View } from '../guest-view/index.ts';
import { changedPlaces } from './changed-places.ts';
import { resolvedAts } from './judge/assigned-device.ts';
import { NOT_CONCERNED } from './not-concerned.ts';
import type { DevicePlan, HostPlan, IommuPlan, VmPlan } from './plan-report.ts';
import { seenAts } from './seen-ats.ts';

/** What became of one device or IOMMU, or of the VM as a whole. */
export interface Change {
  /** The id of a device or an IOMMU; null for the VM. */
  readonly id: string | null;
  readonly code:
    | 'starts-no-more'
    | 'starts-now'
    | 'not-known'
    | 'ats-lost'
    | 'ats-gained'
    | 'bytes-differ'
    | 'property'
    | 'words'
    | 'not-concerned';
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

/** What a host lacks is mended there, whatever the definition says. */
function sayWhy({ stopsWith }: HostPlan): string {
  if (stopsWith === null) return '';
  const { stage, message, mend } = stopsWith;
  return `: ${message}${stage === 'platform' && mend !== null ? `; mends it: ${mend}` : ''}`;
}

/** Whether a kernel that was not asked decides only what the guest sees of the device, which starts whatever it says. */
const startsAnyway = ({ error, properties }: DevicePlan): boolean => error?.code === 'host.unreported' && properties.ats?.value === 'auto';

/** Why it is not known whether a VM starts; null where it starts whatever is not known of it. */
function doubtOf({ devices, iommus, errors }: HostPlan): string | null {
  const open = devices.filter(({ outcome }) => outcome === 'unknown');
  const others = [...errors, ...iommus.flatMap(({ outcome, error }) => (outcome === 'unknown' ? (error ?? []) : []))];
  if (open.length > 0 && others.length === 0 && open.every(startsAnyway)) return null;
  const [first] = [...others, ...open.filter(device => !startsAnyway(device)).flatMap(({ error }) => error ?? [])];
  return first === undefined ? '' : `: ${first.message}`;
}

function outcomeChange(before: HostPlan, after: HostPlan): Change[] {
  if (before.outcome === after.outcome) return [];
  if (after.outcome === 'fails') return [{ id: null, code: 'starts-no-more', text: `starts no more${sayWhy(after)}` }];
  const doubt = after.outcome === 'unknown' ? doubtOf(after) : null;
  if (before.outcome === 'fails') {
    return [{ id: null, code: 'starts-now', text: doubt === null ? 'starts now' : `may start now; that is not known${doubt}` }];
  }
  if (after.outcome === 'fits') return [{ id: null, code: 'starts-now', text: 'starts, which was not known before' }];
  return doubt === null ? [] : [{ id: null, code: 'not-known', text: `whether it starts is not known any more${doubt}` }];
}

/** What is not known of a device after the change because the kernel was not asked about its ATS; null where that is known. */
function notAsked({ outcome, error }: DevicePlan): string | null {
  return outcome === 'unknown' && error?.code === 'host.unreported' ? error.message : null;
}

/** How many of a set's devices show ATS. */
function countSeen({ candidates }: DevicePlan): string {
  const seen = candidates?.filter(({ view }) => resolvedAts(view) === 'on').length ?? 0;
  return `${seen} of the ${candidates?.length ?? 0} devices that it may be given show it`;
}

function atsChange(id: string, before: DevicePlan, after: DevicePlan): Change[] {
  const [had, has] = [seenAts(before), seenAts(after)];
  if (had === null || had === has) return [];
  const why = has === null ? notAsked(after) : has === 'some' ? countSeen(after) : null;
  const verb = had === 'off' ? 'get' : 'lose';
  if (why !== null) return [{ id, code: 'not-known', text: `guest may ${verb} ATS: ${why}` }];
  if (has === 'off') return [{ id, code: 'ats-lost', text: 'guest loses ATS' }];
  if (has === 'on') return [{ id, code: 'ats-gained', text: 'guest gets ATS' }];
  return [];
}

/** The most places that a sentence names. */
const MOST_PLACES = 6;

/** The views before and after of each device of the host's that may stand behind the guest's, one where the definition names it. */
function viewsOf(before: DevicePlan, after: DevicePlan): (readonly [View | null, View | null])[] {
  if (before.candidates === null || after.candidates === null) return [[before.view, after.view]];
  const old = new Map(before.candidates.map(({ host, view }) => [host, view]));
  return after.candidates.map(({ host, view }) => [old.get(host) ?? null, view]);
}

function bytesChange(id: string, before: DevicePlan, after: DevicePlan): Change[] {
  const all = viewsOf(before, after).flatMap(([old, now]) => (old === null || now === null || old === now ? [] : changedPlaces(old, now)));
  const places = [...new Set(all)];
  if (places.length === 0) return [];
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
  return [
    ...atsChange(id, before, after),
    ...bytesChange(id, before, after),
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
  const outcome = outcomeChange(before, after);
  // A guest that never was, or is no more, sees nothing that could change.
  if (before.outcome === 'fails' || after.outcome === 'fails') return { host: after.host, changes: outcome };
  const changes = [
    ...outcome,
    ...pairs(before.iommus, after.iommus).flatMap(([old, now]) => [...propertyChanges(now.id, old, now), ...newWords(now.id, old, now)]),
    ...pairs(before.devices, after.devices).flatMap(([old, now]) => deviceChanges(old, now)),
  ];
  return { host: after.host, changes };
}

/** What of the change a definition has no place for. */
function notConcerned(before: VmPlan, after: VmPlan): Change[] {
  const known = new Set(before.findings.map(({ message }) => message));
  return after.findings
    .filter(({ code, message }) => NOT_CONCERNED.includes(code) && !known.has(message))
    .map(({ message }) => ({ id: null, code: 'not-concerned', text: message }));
}

/** What differs between two plans of one VM, host by host in their order; where the hosts were changed, each with the one in its place. */
export function changesOf(before: VmPlan, after: VmPlan): VmChange {
  const hosts = after.hosts.flatMap((now, i) => {
    const old = before.hosts[i] ?? before.hosts[0];
    return old === undefined ? [] : [hostChange(old, now)];
  });
  const told = notConcerned(before, after);
  if (told.length === 0) return { before, after, hosts };
  // It is said once, and holds whatever the host is.
  return { before, after, hosts: hosts.map((one, i) => (i === 0 ? { ...one, changes: [...told, ...one.changes] } : one)) };
}
