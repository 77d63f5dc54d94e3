/** Finds keys that the format does not have: of a newer airlock, or misspelt. */

import { clip } from '../text/shorten.ts';

/** The most keys that are told. */
const MOST = 8;
/** The most characters of a key that are told. */
const MOST_SHOWN = 40;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(given: unknown, taken: unknown, path: string, found: string[]): void {
  if (found.length >= MOST) return;
  if (Array.isArray(given) && Array.isArray(taken)) {
    for (const [i, item] of given.entries()) collect(item, taken[i], `${path}[${i}]`, found);
    return;
  }
  if (!isObject(given) || !isObject(taken)) return;
  for (const key of Object.keys(given)) {
    const name = clip(key, MOST_SHOWN);
    const place = path === '' ? name : `${path}.${name}`;
    if (Object.hasOwn(taken, key)) collect(given[key], taken[key], place, found);
    else if (found.length < MOST) found.push(place);
  }
}

/** Paths of keys in `given` that are not in `taken`, what was read of it: at most eight. No deeper than `taken` is. */
export function strangeKeys(given: unknown, taken: unknown): string[] {
  const found: string[] = [];
  collect(given, taken, '', found);
  return found;
}
