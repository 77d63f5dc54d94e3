/** The JSON of `plan --change`. */
import type { HostPlan, VmChange } from '../plan/index.ts';
import type { PlanChangeJson } from './schemas/plan-change.ts';
import { PLAN_SCHEMA_VERSION } from './versions.ts';

/** Counts changes as VMs come, so that nobody has to keep them all. */
export class ChangeCounts {
  vms = 0;
  pairs = 0;
  changed = 0;
  startNoMore = 0;
  loseAts = 0;
  notKnown = 0;

  /** One VM: on how many hosts it was looked at, and those on which something changes. */
  add(pairs: number, changed: readonly ChangedVmJson[]): void {
    this.vms++;
    this.pairs += pairs;
    for (const { changes } of changed) {
      if (changes.some(({ code }) => code !== 'not-concerned')) this.changed++;
      const has = (code: string): boolean => changes.some(change => change.code === code);
      if (has('starts-no-more')) this.startNoMore++;
      if (has('ats-lost')) this.loseAts++;
      if (has('not-known')) this.notKnown++;
    }
  }
}

export type ChangedVmJson = PlanChangeJson['changed'][number];

const outcomeAt = (hosts: readonly HostPlan[], i: number): HostPlan['outcome'] => (hosts[i] ?? hosts[0])?.outcome ?? 'unknown';

/** The hosts on which something changes. */
export function changedJson({ before, after, hosts }: VmChange): ChangedVmJson[] {
  const { name, source } = after.definition;
  return hosts.flatMap(({ host, changes }, i) =>
    changes.length === 0
      ? []
      : [{ name, file: source.file, host, before: outcomeAt(before.hosts, i), after: outcomeAt(after.hosts, i), changes }],
  );
}

export function planChangeJson(
  change: Readonly<Record<string, string>>,
  counts: ChangeCounts,
  changed: readonly ChangedVmJson[],
  unread: number,
): PlanChangeJson {
  const { vms, pairs, startNoMore, loseAts, notKnown } = counts;
  const summary = { vms, pairs, changed: counts.changed, startNoMore, loseAts, notKnown };
  return { schemaVersion: PLAN_SCHEMA_VERSION, change, summary, changed, unread };
}
