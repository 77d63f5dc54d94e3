/** One word of a command line, which knows where each part of it stands in the text that it was read from. */
import { type Origin, TextPlaces } from '../../origin.ts';

/** A word as the program gets it. */
export interface QemuWord {
  readonly text: string;
  /** Whether a part of it is not known: a shell puts something else in its place. Left out where all is known. */
  readonly hasExpansion?: boolean;
  /** Those parts as they are written. */
  readonly expansions?: readonly string[];
  /** Where the characters from `start` to `end` of `text` stand; its span is null where an edit could not replace them alone. */
  origin(start: number, end: number): Origin;
}

/** A word that stands in the text as it is, or in no text at all: `origin` is that of the whole word. */
export function plainWord(text: string, origin: Origin): QemuWord {
  const { file, line, column, span } = origin;
  if (span === null || span.end - span.start !== text.length) return { text, origin: () => ({ ...origin, span: null }) };
  let places: TextPlaces | null = null;
  return {
    text,
    origin(start, end) {
      const part = { start: span.start + start, end: span.start + end };
      if (line === null || column === null) return { ...origin, span: part };
      places ??= new TextPlaces(file, text);
      // Of the word's own text: its first line begins where the word does.
      const { line: below = 1, column: across = 1 } = places.at(start, end);
      const isFirst = below === 1 || below === null;
      return { file, line: line + (below ?? 1) - 1, column: (isFirst ? column - 1 : 0) + (across ?? 1), span: part };
    },
  };
}

/** Words that stand in no text, such as those behind `--`; `file` is what people call them. */
export function looseWords(texts: readonly string[], file: string): QemuWord[] {
  return texts.map(text => plainWord(text, { file, line: null, column: null, span: null }));
}

/** The words of a running program as /proc/PID/cmdline has them: a NUL behind each. */
export function nulSeparatedWords(text: string, file: string, most: number): QemuWord[] {
  const words: QemuWord[] = [];
  for (let start = 0; start < text.length && words.length <= most; ) {
    const found = text.indexOf('\0', start);
    const end = found < 0 ? text.length : found;
    words.push(plainWord(text.slice(start, end), { file, line: null, column: null, span: { start, end } }));
    start = end + 1;
  }
  return words;
}
