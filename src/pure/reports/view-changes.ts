/** What differs between two views of one device, in the values of their JSON. */
import type { ViewChanges } from './schemas/control.ts';
import type { CapabilityJson, ViewJson } from './schemas/view.ts';

export type { ViewChanges };

/** null where one of the views lacks it. */
interface Change<T> {
  readonly before: T | null;
  readonly after: T | null;
}

/** Pairs with the same key and different content; those of `after` first. */
function changesOf<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): [key: string, change: Change<T>][] {
  const changes: [string, Change<T>][] = [];
  for (const key of new Set([...after.keys(), ...before.keys()])) {
    const change = { before: before.get(key) ?? null, after: after.get(key) ?? null };
    if (JSON.stringify(change.before) !== JSON.stringify(change.after)) changes.push([key, change]);
  }
  return changes;
}

/** A capability never moves, so its place names it. */
function byPlace({ capabilities }: ViewJson): Map<string, CapabilityJson> {
  return new Map(capabilities.map(capability => [`${capability.kind} ${capability.offset} ${capability.id}`, capability]));
}

/** The capabilities that the guest sees otherwise, and the properties with another value or source. */
export function viewChanges(before: ViewJson, after: ViewJson): ViewChanges {
  const properties = changesOf(new Map(Object.entries(before.properties)), new Map(Object.entries(after.properties)));
  return {
    capabilities: changesOf(byPlace(before), byPlace(after)).map(([, change]) => change),
    properties: Object.fromEntries(properties),
  };
}
