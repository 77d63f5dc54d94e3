/** What else a link carries besides the place and the what-if question: each view says here which of its signals belong to it. */
import type { Signal } from '@preact/signals';

/** A part of a link, as text. */
export interface LinkedPart {
  /** Null where there is nothing to say: a link does not mention it. */
  read(): string | null;
  /** Null sets it back. Text that does not fit sets it back too: a link may hold anything. */
  write(text: string | null): void;
}

const parts = new Map<string, LinkedPart>();

/**
 * Lets links carry a signal: `linkText('filter', filter)`.
 *
 * @param key as it stands in links, such as `filter`; distinct in the page
 * @param fits whether a text of a link may become the signal's value; all may where it is left out
 */
export function linkText<T extends string>(
  key: string,
  signal: Signal<T>,
  fits: (text: string) => text is T = (text): text is T => typeof text === 'string',
): void {
  const initial = signal.peek();
  parts.set(key, {
    read: () => (signal.value === initial ? null : signal.value),
    write: text => {
      signal.value = text !== null && fits(text) ? text : initial;
    },
  });
}

/** The parts by key, in the order in which they were named. */
export const linkedParts: ReadonlyMap<string, LinkedPart> = parts;
