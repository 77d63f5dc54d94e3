/** Words for bytes that are not known: one line a place, with its offsets. */
import { hexDigits } from '../bytes/hex.ts';
import type { ByteRange } from '../guest-view/index.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';

type Place = Pick<UnknownPlace, 'from' | 'to' | 'text'>;

/** `100-fff`, `4c`. */
export function formatRange({ from, to }: ByteRange): string {
  return from === to ? hexDigits(from) : `${hexDigits(from)}-${hexDigits(to)}`;
}

/** Places that one sentence tells of as one run: a source that ends before the extended space ends in both lists. */
function joinPlaces(places: readonly Place[]): Place[] {
  const joined: Place[] = [];
  for (const { from, to, text } of places) {
    const last = joined.at(-1);
    if (last?.text === text && last.to + 1 === from) joined[joined.length - 1] = { from: last.from, to, text };
    else joined.push({ from, to, text });
  }
  return joined;
}

/** `100-fff: only 256 bytes of config space are known (…)`; of many places the first `most`, and how many more there are. */
export function formatPlaces(places: readonly Place[], most: number): string[] {
  const joined = joinPlaces(places);
  // Words that begin with their offsets need them no second time.
  const lines = joined
    .slice(0, most)
    .map(({ from, to, text }) => (text.startsWith('byte') ? text : `${formatRange({ from, to })}: ${text}`));
  return joined.length > most ? [...lines, `and ${joined.length - most} more places`] : lines;
}
