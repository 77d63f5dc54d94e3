/** What the colours and marks of the lanes mean. */
import type { BlockTone } from '../model/lanes.ts';
import { MARKS } from './lane-words.ts';

const MEANINGS: readonly (readonly [tone: BlockTone, words: string])[] = [
  ['shown', 'as it was'],
  ['changed', 'changed'],
  ['hidden', 'taken away'],
  ['synthesised', 'added'],
  ['unknown', 'not known'],
];

export function Legend() {
  return (
    <ul class="plain legend" aria-label="Colours">
      {MEANINGS.map(([tone, words]) => (
        <li key={tone}>
          <span class={`swatch ${tone}`} aria-hidden="true">
            {MARKS[tone].trim()}
          </span>{' '}
          {words}
        </li>
      ))}
    </ul>
  );
}
