/** One side of a comparison as a guest meets it, made of its view. */

import { inputDoubts } from '../facts/index.ts';
import { type ComparedSpace, unknownOf } from '../guest-view/compared-space.ts';
import { guestBytes, type View } from '../guest-view/index.ts';
import type { CompareSide } from './compare-report.ts';

/** A side with its bytes; null where it fails to realize. */
export interface MetSide {
  readonly side: CompareSide;
  readonly space: ComparedSpace | null;
}

/** Codes of messages that say how much of a side is known. */
const DOUBTS: ReadonlySet<string> = new Set([
  'outcome.unknown',
  'input.rows-unread',
  'input.rows-contradict',
  'input.text-contradicts',
  'input.regions-unplaced',
]);

/** The side of a view; `input` is what the user calls it. */
export function guestSide({ name, input }: Pick<CompareSide, 'name' | 'input'>, { facts, realized, config }: View): MetSide {
  const side = { name, input, bdf: facts.bdf, error: null, unknown: [] };
  if (realized.outcome === 'failed')
    return { side: { ...side, outcome: 'failed', error: realized.error, doubts: inputDoubts(facts) }, space: null };
  const doubts = realized.messages.filter(({ code }) => DOUBTS.has(code));
  const { outcome, isOnConventionalBus: isConventional } = realized;
  const unknown = unknownOf({ config, isConventional });
  return { side: { ...side, outcome, doubts, unknown }, space: { config: guestBytes(realized), isConventional } };
}
