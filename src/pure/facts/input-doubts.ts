/** What an input leaves in doubt about one device, each doubt under a stable code for scripts. */
import { type ContradictoryRows, formatContradictory } from './contradictory-rows.ts';
import { formatTextContradiction, formatUnplacedRegions, type ReadText } from './read-text.ts';
import { formatUnread, type UnreadRows } from './unread-rows.ts';

/** One thing that an input leaves in doubt. */
export interface InputDoubt {
  readonly code: 'input.rows-unread' | 'input.rows-contradict' | 'input.text-contradicts' | 'input.regions-unplaced';
  readonly message: string;
}

/** The rows of a dump that are not used. */
export interface DoubtfulRows {
  readonly unread: UnreadRows | null;
  readonly contradictory: ContradictoryRows | null;
  readonly text: ReadText | null;
}

/**
 * A doubt for each kind of trouble: rows that could not be read, rows that contradict each other, a text that contradicts them or itself;
 * empty where there is none.
 */
export function inputDoubts({ unread, contradictory, text }: DoubtfulRows): InputDoubt[] {
  const contradiction = text?.contradiction ?? null;
  const unplaced = text?.unplaced ?? [];
  return [
    ...(unread === null ? [] : [{ code: 'input.rows-unread', message: formatUnread(unread) } as const]),
    ...(contradictory === null ? [] : [{ code: 'input.rows-contradict', message: formatContradictory(contradictory) } as const]),
    ...(contradiction === null
      ? []
      : [{ code: 'input.text-contradicts', message: formatTextContradiction(contradiction, text?.hasBytes === true) } as const]),
    ...(unplaced.length === 0 ? [] : [{ code: 'input.regions-unplaced', message: formatUnplacedRegions(unplaced) } as const]),
  ];
}
