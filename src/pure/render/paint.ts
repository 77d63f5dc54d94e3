/** Colours of the terminal as a value, so that plain text is the same code with a painter that adds nothing. */

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

export type Painter = (tone: Tone, text: string) => string;

export const PLAIN: Painter = (_tone, text) => text;

/** SGR parameters (ECMA-48 §8.3.117). */
const SGR: Readonly<Record<Tone, number>> = { good: 32, bad: 31, warn: 33, dim: 2, strong: 1 };

export const COLOURED: Painter = (tone, text) => `\u001b[${SGR[tone]}m${text}\u001b[0m`;
