/** What of a capture contradicts itself: addresses that are not one function's alone, bridges that cannot stand where they are said to. */
import type { Capture } from './schema.ts';

/** How many are named; a file that was joined from two may have thousands. */
const MOST_NAMED = 4;

/** The first ones, and how many more there are. */
function named(all: readonly string[]): string {
  const more = all.length - MOST_NAMED;
  return [...all.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Those that stand more than once in a list, each once. */
function repeated(addresses: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const address of addresses) (seen.has(address) ? twice : seen).add(address);
  return [...twice];
}

/** Sentences without the capture's name; empty where nothing is wrong. What is contradicted is read as it stands. */
export function captureContradictions({ devices, bridges = [] }: Capture): string[] {
  const twice = repeated([...devices, ...bridges].map(({ address }) => address));
  const under = devices.filter(({ address, above = [] }) => above.includes(address)).map(({ address }) => address);
  const looped = devices.filter(({ above = [] }) => above.length > 1 && repeated(above).length > 0).map(({ address }) => address);
  const sentences: readonly (readonly [addresses: readonly string[], words: string])[] = [
    [twice, 'more than one device or bridge has this address'],
    [under, 'it stands among the bridges above itself'],
    [looped, 'a bridge stands above it more than once'],
  ];
  return sentences
    .filter(([addresses]) => addresses.length > 0)
    .map(([addresses, words]) => `contradicts itself: ${named(addresses)}: ${words}`);
}
