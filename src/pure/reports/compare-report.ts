/** A comparison with what is told of its two sides: the value that the text and the JSON of `compare` are made of. */
import type { Comparison, Message } from '../guest-view/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';

/** A doubt that only warns, and whose words are ours, need not say so. */
export type SideDoubt = Pick<Message, 'code' | 'message'> & Partial<Message>;

/** One of the two inputs, and what it came to. */
export interface CompareSide {
  readonly name: 'A' | 'B';
  /** As the user named it: a file, `-`, an address. */
  readonly input: string;
  /** null for bytes that came without an address. */
  readonly bdf: Bdf | null;
  /** `unknown`: whether it realizes rests on bytes that are not known; `raw`: the bytes were taken as they are. */
  readonly outcome: 'realized' | 'failed' | 'unknown' | 'raw';
  /** Why it fails; null where it does not. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** What is open about it besides its bytes: whether it realizes at all, rows of the input that could not be read. */
  readonly doubts: readonly SideDoubt[];
  /** What is not known of the input's bytes, which is what leaves the guest's open. */
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

/** What is not known of a side: of its input, or of the bytes that were compared where the input is known as a whole. */
export function unknownOfSide({ a, b, comparison }: CompareReport, side: 'a' | 'b'): readonly UnknownPlace[] {
  const { unknown } = side === 'a' ? a : b;
  return unknown.length > 0 ? unknown : (comparison?.unknown[side] ?? []);
}

/** Why nothing can be compared, side by side; null where something was. */
export function whyIncomparable(report: CompareReport): string | null {
  const { a, b, comparison } = report;
  const fails = [a, b].flatMap(side => (side.error === null ? [] : [`${sideName(side)} fails to realize: ${side.error.message}`]));
  if (fails.length > 0) return fails.join('; ');
  if (comparison?.outcome !== 'incomparable') return null;
  const texts = (['a', 'b'] as const).map(key => [...new Set(unknownOfSide(report, key).map(({ text }) => text))].slice(0, 2).join('; '));
  const [first, second] = texts.map(text => (text === '' ? 'all is known' : text));
  return `no byte is known of both: ${sideName(a)}: ${first}; ${sideName(b)}: ${second}`;
}
