/** One word of a command line, which knows where each part of it stands in the text that it was read from. */
import type { Origin } from '../../origin.ts';

/** A word as the program gets it. */
export interface QemuWord {
  readonly text: string;
  /** Where the characters from `start` to `end` of `text` stand; its span is null where an edit could not replace them alone. */
  origin(start: number, end: number): Origin;
}

/** A word that stands in the text as it is, or in no text at all: `origin` is that of the whole word. */
export function plainWord(text: string, origin: Origin): QemuWord {
  const isVerbatim = origin.span !== null && origin.span.end - origin.span.start === text.length;
  return {
    text,
    origin(start, end) {
      const before = text.lastIndexOf('\n', start - 1) + 1;
      const isFirstLine = start === 0 || before === 0;
      const span = origin.span !== null && isVerbatim ? { start: origin.span.start + start, end: origin.span.start + end } : null;
      if (origin.line === null || origin.column === null || !isVerbatim) return { ...origin, span };
      if (isFirstLine) return { ...origin, column: origin.column + start, span };
      return { ...origin, line: origin.line + text.slice(0, before).split('\n').length - 1, column: start - before + 1, span };
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
