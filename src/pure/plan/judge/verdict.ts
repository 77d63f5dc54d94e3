/** What one step of the judge says of a device: nothing to say, a refusal, or that it is not known. */
import type { PlanMessage, PlanStage } from '../plan-report.ts';

/** `error` says why it fails, or why that is not known. */
export type Verdict =
  | { readonly outcome: 'realized' }
  | { readonly outcome: 'failed'; readonly error: PlanMessage }
  | { readonly outcome: 'unknown'; readonly error: PlanMessage };

export const FINE: Verdict = { outcome: 'realized' };

type Words = Pick<PlanMessage, 'code' | 'message'> & Partial<PlanMessage>;

/** A message; what is left out is not there. */
export function planMessage(stage: PlanStage, words: Words): PlanMessage {
  return { stage, mend: null, origin: null, ...words };
}

export const failed = (stage: PlanStage, words: Words): Verdict => ({ outcome: 'failed', error: planMessage(stage, words) });
export const unknown = (stage: PlanStage, words: Words): Verdict => ({ outcome: 'unknown', error: planMessage(stage, words) });

/** The first refusal or, where there is none, the first that is not known: a VMM ends at the first, and later ones may not be reached. */
export function firstOf(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ outcome }) => outcome === 'failed') ?? verdicts.find(({ outcome }) => outcome === 'unknown') ?? FINE;
}
