/** Edits of a text that keep the rest of it as it is. */
import type { Span } from '../origin.ts';

/** Puts `text` in the place of a span of a file; an empty span is a place to insert. */
export interface TextEdit {
  readonly file: string;
  readonly span: Span;
  readonly text: string;
}

/** Inserts at one place stay in their order. @throws RangeError where two spans overlap */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.span.start - b.span.start || a.i - b.i);
  let [result, at] = ['', 0];
  for (const { span, text: replacement } of ordered) {
    if (span.start < at || span.end > text.length) throw new RangeError(`edit of ${span.start} to ${span.end} overlaps another one`);
    result += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return result + text.slice(at);
}

/** The edits of several VMs of one text: what two of them share is changed once. */
export function sharedEdits(ofEach: readonly (readonly TextEdit[])[]): TextEdit[] {
  const edits = new Map<string, TextEdit>();
  for (const [i, own] of ofEach.entries()) {
    const keyed = own.map(edit => ({ edit, key: `${edit.span.start} ${edit.span.end} ${edit.text}` }));
    const known = new Set(i === 0 ? [] : edits.keys());
    for (const [j, { edit, key }] of keyed.entries()) if (!known.has(key)) edits.set(edits.has(key) ? `${key} ${i} ${j}` : key, edit);
  }
  return [...edits.values()];
}
