/** What one step says of an IOMMU or a device: nothing, a refusal, or that it is not known. */
import type { PlanMessage } from '../../plan-report.ts';

/** `error` says why it fails, or why that is not known. */
export type Verdict =
  | { readonly outcome: 'realized' }
  | { readonly outcome: 'failed'; readonly error: PlanMessage }
  | { readonly outcome: 'unknown'; readonly error: PlanMessage };

export const FINE: Verdict = { outcome: 'realized' };

type Words = Pick<PlanMessage, 'code' | 'message'> & Partial<PlanMessage>;

/** Of the VMM; what is left out is not there. */
export function vmmMessage(words: Words): PlanMessage {
  return { stage: 'vmm', mend: null, origin: null, ...words };
}

export const failed = (words: Words): Verdict => ({ outcome: 'failed', error: vmmMessage(words) });
export const unknown = (words: Words): Verdict => ({ outcome: 'unknown', error: vmmMessage(words) });

/** The first that is not fine. */
export function firstOf(verdicts: Iterable<Verdict | null>): Verdict {
  for (const verdict of verdicts) if (verdict !== null && verdict.outcome !== 'realized') return verdict;
  return FINE;
}
