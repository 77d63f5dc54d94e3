/** Lines that look like rows of bytes and could not be read: they are counted and reported, never dropped in silence. */

import { clip } from '../text/shorten.ts';

/** How many lines could not be read, and the first of them. */
export interface UnreadRows {
  readonly count: number;
  /** Of the first one, from 1. */
  readonly line: number;
  /** The first one, one character a byte. */
  readonly text: string;
}

/** Both, in the order of the input. */
export function joinUnread(first: UnreadRows | null, then: UnreadRows | null): UnreadRows | null {
  if (first === null || then === null) return first ?? then;
  return { ...first, count: first.count + then.count };
}

/** How many characters of the first line are shown. */
const MOST_TEXT = 48;

/** `3 lines look like rows of bytes and were not read, the first is "0x0000: 101915b3"`. */
export function formatUnread({ count, text }: UnreadRows): string {
  const told = clip(text, MOST_TEXT);
  const [what, first] = count === 1 ? ['line looks like a row', 'it is'] : ['lines look like rows', 'the first is'];
  return `${count} ${what} of bytes and ${count === 1 ? 'was' : 'were'} not read, ${first} ${JSON.stringify(told)}`;
}
