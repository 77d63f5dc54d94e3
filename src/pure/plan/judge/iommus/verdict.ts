/** What one step says of an IOMMU or a device, mostly in the VMM's words. */
import type { PlanMessage } from '../../plan-report.ts';
import { firstOf as firstVerdict, planMessage, failed as stageFailed, unknown as stageUnknown, type Verdict } from '../verdict.ts';

export { FINE, type Verdict } from '../verdict.ts';

type Words = Pick<PlanMessage, 'code' | 'message'> & Partial<PlanMessage>;

/** What the VMM says. */
export const vmmMessage = (words: Words): PlanMessage => planMessage('vmm', words);

/** The VMM refuses, or `stage` of the words does. */
export const failed = (words: Words): Verdict => stageFailed('vmm', words);
export const unknown = (words: Words): Verdict => stageUnknown('vmm', words);

/** As of other verdicts; null is nothing to say. */
export function firstOf(verdicts: Iterable<Verdict | null>): Verdict {
  return firstVerdict([...verdicts].filter(verdict => verdict !== null));
}
