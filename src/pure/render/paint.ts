/** A painter: the colours and the columns that text is laid out for, so that plain and coloured text come from the same code. */

/** What a colour says. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** How lines are laid out: in which colours, and how wide. */
export interface Painter {
  /** The text in the colour of its tone, or as it is. */
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

/** Text without colours, 80 columns wide. */
export const PLAIN: Painter = createPainter();

/** Text in the colours of a terminal, 80 columns wide. */
export const COLOURED: Painter = createPainter({ isColoured: true });
