/** What an input leaves in doubt of one device, under the codes that scripts know it by. */
import { type ContradictoryRows, formatContradictory } from './contradictory-rows.ts';
import { formatUnread, type UnreadRows } from './unread-rows.ts';

/** One thing that an input leaves in doubt. */
export interface InputDoubt {
  readonly code: 'input.rows-unread' | 'input.rows-contradict';
  readonly message: string;
}

/** The rows of a dump that nobody can go by. */
export interface DoubtfulRows {
  readonly unread: UnreadRows | null;
  readonly contradictory: ContradictoryRows | null;
}

/** What is to be told of the rows of a dump that could not be read, or that contradict each other; empty where all is well. */
export function inputDoubts({ unread, contradictory }: DoubtfulRows): InputDoubt[] {
  return [
    ...(unread === null ? [] : [{ code: 'input.rows-unread', message: formatUnread(unread) } as const]),
    ...(contradictory === null ? [] : [{ code: 'input.rows-contradict', message: formatContradictory(contradictory) } as const]),
  ];
}
