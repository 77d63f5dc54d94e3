/** Where a value stands in the text that its owner wrote, so that people find it and an edit can replace it. */

/** A part of a text, as indices of its UTF-16 units; `end` is behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place in a definition. */
export interface Origin {
  /** As the user named it; `-` for standard input. */
  readonly file: string;
  /** From 1; null where the text has no lines, such as the words of a running program. */
  readonly line: number | null;
  /** From 1, in UTF-16 units; null where the text has no lines. */
  readonly column: number | null;
  /** What an edit replaces; null where the value does not stand in the text, or cannot be replaced alone. */
  readonly span: Span | null;
}

/** `vm.xml:12:7`, as compilers write it. */
export function formatOrigin({ file, line, column }: Origin): string {
  return [file, line, column].filter(part => part !== null).join(':');
}

/** Finds line and column of any index, for a text that is read once. */
export class TextPlaces {
  readonly #file: string;
  /** The index at which each line begins. */
  readonly #starts: readonly number[];

  constructor(file: string, text: string) {
    this.#file = file;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** The origin of what stands from `start` to `end`. */
  at(start: number, end: number): Origin {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    return { file: this.#file, line: low + 1, column: start - (this.#starts[low] ?? 0) + 1, span: { start, end } };
  }
}
