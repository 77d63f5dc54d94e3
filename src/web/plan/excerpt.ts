/** The part of a definition's line that something is about. */
import type { Origin } from '../../pure/plan/index.ts';

/** Characters of a line on each side of the place; a command line may have thousands. */
const AROUND = 60;

/** What stands before, at and after the place. */
export interface Excerpt {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** What stands at the place; null where the text has no lines, or is not here. */
export function excerptOf(text: string, { line, column, span }: Origin): Excerpt | null {
  const whole = line === null ? undefined : text.split('\n', line)[line - 1];
  if (whole === undefined || column === null) return null;
  const at = column - 1;
  const length = span === null ? 0 : Math.min(span.end - span.start, whole.length - at, AROUND);
  const [from, to] = [Math.max(0, at - AROUND), Math.min(whole.length, at + length + AROUND)];
  return {
    before: `${from > 0 ? '…' : ''}${from > 0 ? whole.slice(from, at) : whole.slice(from, at).trimStart()}`,
    marked: whole.slice(at, at + length),
    after: `${whole.slice(at + length, to).trimEnd()}${to < whole.length ? '…' : ''}`,
  };
}
