/** The properties that are set on a served device, as `NAME=VALUE` words on top of the options of `serve`. */
import { type Options, UsageError } from '../command.ts';
import { ParsedOptions } from '../parsed-options.ts';

function nameOf(word: string): string {
  const at = word.indexOf('=');
  return at < 0 ? word : word.slice(0, at);
}

/** `words` on top of `set`: of two words for one property the later. */
export function addWords(set: readonly string[], words: readonly string[]): readonly string[] {
  return [...new Map([...set, ...words].map(word => [nameOf(word), word])).values()];
}

/** `set` without these properties; without all where no name is given. Throws UsageError for a property that is not set. */
export function removeWords(set: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const known = set.map(nameOf);
  const other = names.find(name => !known.includes(name));
  if (other !== undefined) {
    throw new UsageError(`"${other.slice(0, 80)}" is not set: ${known.length === 0 ? 'nothing is' : `only ${known.join(', ')}`}`);
  }
  return set.filter(word => !names.includes(nameOf(word)));
}

/** Options of a view with `set` on top: --ats is a property like any other, and what is set later wins. */
export function optionsWith(options: Options, set: readonly string[]): Options {
  const ats = options.value('ats');
  const property = [...options.values('property'), ...(ats === undefined ? [] : [`ats=${ats}`]), ...set];
  return new ParsedOptions({ ...options.given, property, ats: undefined });
}
