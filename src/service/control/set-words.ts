/** The properties that are set on a served device, as `NAME=VALUE` words on top of what `serve` was asked for. */
import { shorten } from '../../pure/text/shorten.ts';
import { ServiceError } from '../service-error.ts';

function nameOf(word: string): string {
  const at = word.indexOf('=');
  return at < 0 ? word : word.slice(0, at);
}

/** `words` on top of `set`: where two words name one property, the later one stays. */
export function addWords(set: readonly string[], words: readonly string[]): readonly string[] {
  return [...new Map([...set, ...words].map(word => [nameOf(word), word])).values()];
}

/** `set` without these properties, or empty where no name is given. Throws ServiceError for a property that is not set. */
export function removeWords(set: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const known = set.map(nameOf);
  const other = names.find(name => !known.includes(name));
  if (other !== undefined) {
    throw new ServiceError(`"${shorten(other)}" is not set: ${known.length === 0 ? 'nothing is' : `only ${known.join(', ')}`}`);
  }
  return set.filter(word => !names.includes(nameOf(word)));
}
