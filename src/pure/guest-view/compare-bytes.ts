/** Finds runs of bytes that differ between two config spaces where no register names the difference. */
import { formatHex, formatHexBytes } from '../bytes/hex.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { Difference } from './difference.ts';

/** A run of offsets, both included. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** A run goes on over at most this many equal bytes. */
const MOST_EQUAL = 3;

/** Runs of offsets below `end` for which `holds` is true. */
export function rangesWhere(end: number, holds: (at: number) => boolean): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let at = 0; at < end; at++) {
    if (!holds(at)) continue;
    const from = at;
    while (at + 1 < end && holds(at + 1)) at++;
    ranges.push({ from, to: at });
  }
  return ranges;
}

/** Joins runs that are a few bytes apart, where the bytes between them were compared too. */
function joinNear(ranges: readonly ByteRange[], isCompared: (at: number) => boolean): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    const isNear = last !== undefined && range.from - last.to - 1 <= MOST_EQUAL;
    const between = isNear ? Array.from({ length: range.from - last.to - 1 }, (_, i) => last.to + 1 + i) : [];
    if (isNear && between.every(isCompared)) joined[joined.length - 1] = { from: last.from, to: range.to };
    else joined.push(range);
  }
  return joined;
}

/** Runs of bytes that both sides know and that differ, as hexadecimal text; those for which `isTold` is true are left out. */
export function compareBytes(a: ConfigSpace, b: ConfigSpace, isTold: (at: number) => boolean): Difference[] {
  const isCompared = (at: number) => a.isKnown(at) && b.isKnown(at) && !isTold(at);
  const differing = rangesWhere(Math.min(a.bytes.length, b.bytes.length), at => isCompared(at) && a.bytes[at] !== b.bytes[at]);
  return joinNear(differing, isCompared).map(({ from, to }) => ({
    at: from,
    place: 'bytes',
    field: formatHex(from, 3),
    a: formatHexBytes(a.bytes.subarray(from, to + 1)),
    b: formatHexBytes(b.bytes.subarray(from, to + 1)),
    length: to + 1 - from,
  }));
}
