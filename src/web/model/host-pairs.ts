/** The devices of two hosts side by side: which one corresponds to which, and what differs between them. */
import type { ComparisonOutcome } from '../../pure/guest-view/index.ts';
import { compareSides } from './comparison.ts';
import { type FunctionLine, isAssignable } from './function-line.ts';
import type { HostModel } from './host-model.ts';
import type { Side } from './place.ts';
import { nextTask, TimeSlices } from './time-slices.ts';
import type { WhatIf } from './what-if.ts';

/** By which devices correspond: their addresses, or vendor, device and subsystem. */
export type PairBy = 'address' | 'ids';

/** Indices of devices in their sources. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

export interface HostPairs {
  readonly pairs: readonly Pair[];
  readonly onlyA: readonly FunctionLine[];
  readonly onlyB: readonly FunctionLine[];
  /** Bridges, ports and event collectors of both, which no guest gets. */
  readonly leftOut: number;
}

/** null for a device that nothing can correspond to. */
function keyOf({ name, ids, subsystem }: FunctionLine, by: PairBy): string | null {
  if (by === 'address') return name;
  return ids === null ? null : `${ids} ${subsystem ?? ''}`;
}

/** Of several devices with one key, the first corresponds to the first, the second to the second. */
export function pairHosts(a: HostModel, b: HostModel, by: PairBy): HostPairs {
  const [left, right] = [a, b].map(({ lines }) => lines.filter(({ kind }) => isAssignable(kind)));
  const waiting = new Map<string, FunctionLine[]>();
  for (const line of right ?? []) {
    const key = keyOf(line, by);
    if (key !== null) waiting.set(key, [...(waiting.get(key) ?? []), line]);
  }
  const pairs: Pair[] = [];
  const onlyA: FunctionLine[] = [];
  const taken = new Set<number>();
  for (const line of left ?? []) {
    const key = keyOf(line, by);
    const other = key === null ? undefined : waiting.get(key)?.shift();
    if (other === undefined) onlyA.push(line);
    else {
      pairs.push({ a: line.index, b: other.index });
      taken.add(other.index);
    }
  }
  const onlyB = (right ?? []).filter(({ index }) => !taken.has(index));
  const leftOut = a.lines.length + b.lines.length - (left?.length ?? 0) - (right?.length ?? 0);
  return { pairs, onlyA, onlyB, leftOut };
}

/** What a comparison of two devices came to; `fails` where a side fails to realize. */
export interface PairResult extends Pair {
  readonly outcome: ComparisonOutcome | 'fails';
  readonly differences: number;
  /** Names of the places that differ. */
  readonly places: readonly string[];
}

/** What is compared. */
export interface PairsAsked {
  readonly a: Side;
  readonly b: Side;
  readonly pairs: readonly Pair[];
  readonly present: WhatIf;
}

/** Compares all pairs in short pieces; `tell` has the results so far at the end of each. Gives a way to stop. */
export function comparePairs({ a, b, pairs, present }: PairsAsked, tell: (results: readonly PairResult[]) => void): () => void {
  let isStopped = false;
  const results: PairResult[] = [];
  const work = (): void => {
    const slices = new TimeSlices();
    for (let pair = pairs[results.length]; pair !== undefined && !slices.isOver; pair = pairs[results.length]) {
      const compared = compareSides({ ...a, device: pair.a }, { ...b, device: pair.b }, present);
      const comparison = compared?.report.comparison ?? null;
      const differences = comparison?.differences ?? [];
      const places = [...new Set(differences.map(({ place }) => place))];
      results.push({ ...pair, outcome: comparison?.outcome ?? 'fails', differences: differences.length, places });
    }
    tell(results.slice());
  };
  const goOn = async (): Promise<void> => {
    do {
      work();
      await nextTask();
    } while (!isStopped && results.length < pairs.length);
  };
  void goOn();
  return () => {
    isStopped = true;
  };
}
