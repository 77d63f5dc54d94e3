/** Rows of a dump that contradict each other about the same bytes: none of them is believed, and the user is told. */

import { hexDigits } from '../bytes/hex.ts';
/** How much of a dump two rows say differently, and where. */
export interface ContradictoryRows {
  /** The bytes on which rows contradict each other. */
  readonly count: number;
  /** The offset of the first such byte. */
  readonly at: number;
  /** The lines of the two rows that disagree on it, from 1. */
  readonly lines: readonly [number, number];
}

/** Both, in the order of the input. */
export function joinContradictory(first: ContradictoryRows | null, then: ContradictoryRows | null): ContradictoryRows | null {
  if (first === null || then === null) return first ?? then;
  return { ...first, count: first.count + then.count };
}

/** The same rows in an input with `lines` more lines before them. */
export function shiftContradictory(rows: ContradictoryRows, lines: number): ContradictoryRows {
  return { ...rows, lines: [rows.lines[0] + lines, rows.lines[1] + lines] };
}

/** `rows say differently of 16 bytes, which are taken as unknown: at 2b0 those of lines 45 and 258`. */
export function formatContradictory({ count, at, lines }: ContradictoryRows): string {
  const bytes = count === 1 ? '1 byte, which is' : `${count} bytes, which are`;
  const [where, which] = [hexDigits(at, 2), `those of lines ${lines[0]} and ${lines[1]}`];
  return `rows say differently of ${bytes} taken as unknown: at ${where} ${which}`;
}
