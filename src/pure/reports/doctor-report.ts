/** What `doctor` finds: checks with stable codes, each with the command that mends it. */
import type { Check, CheckStatus } from './schemas/doctor.ts';

export type { Check, CheckStatus };

export interface DoctorReport {
  /** `uname -r`; null where it is not known. */
  readonly kernel: string | null;
  /** The device that was examined with the host; null for the host alone. */
  readonly device: string | null;
  /** What the user required; without it the outcome is a failure. */
  readonly required: readonly string[];
  readonly checks: readonly Check[];
}

/** How many checks ended in each way. */
export function countChecks(checks: readonly Check[]): Readonly<Record<CheckStatus, number>> {
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
  for (const { status } of checks) counts[status]++;
  return counts;
}
