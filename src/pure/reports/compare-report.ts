/** A comparison and its two sides: the value from which the text and the JSON of `compare` are made. */
import type { Comparison, Message } from '../guest-view/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';

/** A doubt about a side. Level and origin may be left out for a warning in our own words. */
export type SideDoubt = Pick<Message, 'code' | 'message'> & Partial<Message>;

/** One of the two inputs, and its outcome. */
export interface CompareSide {
  readonly name: 'A' | 'B';
  /** The input as the user named it: a file, `-`, an address. */
  readonly input: string;
  /** null for bytes that came without an address. */
  readonly bdf: Bdf | null;
  /** `unknown`: whether it realizes rests on bytes that are not known; `raw`: the bytes were taken as they are. */
  readonly outcome: 'realized' | 'failed' | 'unknown' | 'raw';
  /** Why it fails; null where it does not. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Doubts other than its unknown bytes: whether it realizes, rows of the input that could not be read. */
  readonly doubts: readonly SideDoubt[];
  /** The unknown bytes of the input, which make bytes of the guest's view unknown. */
  readonly unknown: readonly UnknownPlace[];
}

export interface CompareReport {
  readonly a: CompareSide;
  readonly b: CompareSide;
  /** null where a side fails to realize: then it has no bytes. */
  readonly comparison: Comparison | null;
}

/** `A (old.txt)`; with the device's address where the input's name is not that. */
export function sideName({ name, input, bdf }: CompareSide): string {
  const address = bdf === null || bdf.text === input || bdf.shortText === input ? '' : `, ${bdf}`;
  return `${name} (${input === '-' ? 'standard input' : input}${address})`;
}

/** The unknown bytes of a side: of its input or, where all of the input is known, of the bytes that were compared. */
export function unknownOfSide({ a, b, comparison }: CompareReport, side: 'a' | 'b'): readonly UnknownPlace[] {
  const { unknown } = side === 'a' ? a : b;
  return unknown.length > 0 ? unknown : (comparison?.unknown[side] ?? []);
}

/** Why nothing could be compared, for each side; null where something was compared. */
export function whyIncomparable(report: CompareReport): string | null {
  const { a, b, comparison } = report;
  const fails = [a, b].flatMap(side => (side.error === null ? [] : [`${sideName(side)} fails to realize: ${side.error.message}`]));
  if (fails.length > 0) return fails.join('; ');
  if (comparison?.outcome !== 'incomparable') return null;
  const texts = (['a', 'b'] as const).map(key => [...new Set(unknownOfSide(report, key).map(({ text }) => text))].slice(0, 2).join('; '));
  const [first, second] = texts.map(text => (text === '' ? 'all is known' : text));
  return `no byte is known of both: ${sideName(a)}: ${first}; ${sideName(b)}: ${second}`;
}
