/** What text is laid out for: colours of the terminal and its columns, as one value, so that plain text is the same code. */

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

export interface Painter {
  (tone: Tone, text: string): string;
  /** Columns that a line may take; a word that is longer stays whole. */
  readonly width: number;
}

/** Columns of text that goes to no terminal. */
export const DEFAULT_WIDTH = 80;

/** SGR parameters (ECMA-48 §8.3.117). */
const SGR: Readonly<Record<Tone, number>> = { good: 32, bad: 31, warn: 33, dim: 2, strong: 1 };

/**
 * A painter for lines of `width` columns, with colours or without. `mark` goes before each escape sequence, so that whoever prints the
 * lines can tell the painter's sequences from those of the text (see `escaper`).
 */
export function createPainter({ isColoured = false, width = DEFAULT_WIDTH, mark = '' } = {}): Painter {
  const begin = `${mark}\u001b[`;
  const paint = isColoured ? (tone: Tone, text: string) => `${begin}${SGR[tone]}m${text}${begin}0m` : (_tone: Tone, text: string) => text;
  return Object.assign(paint, { width });
}

export const PLAIN: Painter = createPainter();

export const COLOURED: Painter = createPainter({ isColoured: true });
