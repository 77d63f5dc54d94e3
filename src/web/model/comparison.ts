/** Two devices as a guest meets them, each under its own question or the page's: what `airlock compare` says of them. */
import { formatHex } from '../../pure/bytes/hex.ts';
import type { ComparedSpace, Comparison, Difference } from '../../pure/guest-view/index.ts';
import { compare, view } from '../../pure/guest-view/index.ts';
import { decodeDevice } from '../../pure/pci/decode-device.ts';
import type { CompareReport, CompareSide } from '../../pure/reports/compare-report.ts';
import { guestSide, type MetSide } from '../../pure/reports/guest-side.ts';
import { PCI_STD_HEADER_SIZEOF } from '../../pure/spec/pci-regs.ts';
import type { Side } from './place.ts';
import { requestOf, type WhatIf } from './what-if.ts';
import { type DeviceChoice, findDevice } from './workspace.ts';

/** A comparison with the bytes that were compared; null for a side that fails to realize. */
export interface Compared {
  readonly report: CompareReport;
  readonly a: ComparedSpace | null;
  readonly b: ComparedSpace | null;
}

/** A question that asks for what is not there fails as a realize does. */
function met(name: CompareSide['name'], { source, facts }: DeviceChoice, asked: WhatIf): MetSide {
  try {
    return guestSide({ name, input: source.name }, view(facts, requestOf(asked)));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const failed = { code: error.name, message: error.message };
    return { side: { name, input: source.name, bdf: facts.bdf, outcome: 'failed', error: failed, doubts: [], unknown: [] }, space: null };
  }
}

/** Compares two devices; null where one of them is not in the page. `present` is the question of a side that has none of its own. */
export function compareSides(a: Side, b: Side, present: WhatIf): Compared | null {
  const [first, second] = [a, b].map(({ source, device }) => (device === null ? null : findDevice(source, device)));
  if (first == null || second == null) return null;
  const left = met('A', first, a.asked ?? present);
  const right = met('B', second, b.asked ?? present);
  const comparison: Comparison | null = left.space === null || right.space === null ? null : compare(left.space, right.space);
  return { report: { a: left.side, b: right.side, comparison }, a: left.space, b: right.space };
}

/** The differences of one place, and its bytes. */
export interface DifferingPlace {
  /** `ATS [1b0]`, `header`, or the offset of bytes that no register covers. */
  readonly name: string;
  readonly at: number;
  /** Bytes from `at`; 0 where the place is no run of bytes. */
  readonly length: number;
  readonly differences: readonly Difference[];
}

/** Bytes of a place that are shown, at most. */
const MOST_BYTES = 256;

function lengthOf(
  { place, at, length }: Difference,
  spaces: readonly (ComparedSpace | null)[],
  lengths: ReadonlyMap<number, number>,
): number {
  if (length !== undefined) return length;
  if (place === 'header') return PCI_STD_HEADER_SIZEOF;
  const end = spaces.reduce((most, space) => Math.max(most, space?.config.bytes.length ?? 0), 0);
  return Math.min(lengths.get(at) ?? 0, Math.max(0, end - at));
}

/** The differences by place, in the order of their offsets. */
export function differingPlaces({ report, a, b }: Compared): readonly DifferingPlace[] {
  const lengths = new Map<number, number>();
  for (const space of [a, b])
    for (const { ref, length } of space === null ? [] : decodeDevice(space.config).capabilities)
      lengths.set(ref.offset, Math.max(lengths.get(ref.offset) ?? 0, length));
  const places = new Map<string, DifferingPlace & { differences: Difference[] }>();
  for (const difference of report.comparison?.differences ?? []) {
    const isBytes = difference.length !== undefined;
    const name = isBytes ? `bytes from ${formatHex(difference.at, 3)}` : difference.place;
    const found = places.get(name);
    if (found !== undefined) found.differences.push(difference);
    else {
      const length = Math.min(MOST_BYTES, lengthOf(difference, [a, b], lengths));
      places.set(name, { name, at: difference.at, length, differences: [difference] });
    }
  }
  return [...places.values()];
}
