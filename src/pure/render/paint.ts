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

/** A painter for lines of `width` columns, with colours or without. */
export function createPainter({ isColoured = false, width = DEFAULT_WIDTH } = {}): Painter {
  const paint = isColoured ? (tone: Tone, text: string) => `\u001b[${SGR[tone]}m${text}\u001b[0m` : (_tone: Tone, text: string) => text;
  return Object.assign(paint, { width });
}

export const PLAIN: Painter = createPainter();

export const COLOURED: Painter = createPainter({ isColoured: true });
