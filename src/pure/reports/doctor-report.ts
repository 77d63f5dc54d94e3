/** What `doctor` finds: checks with stable codes, each with the command that mends it. */

export type CheckStatus = 'pass' | 'warn' | 'fail' | 'unknown';

export interface Check {
  /** Stable, such as `iommu.on`. */
  readonly code: string;
  readonly status: CheckStatus;
  /** One sentence: what is, and for what is not as it should be, what was wanted. */
  readonly text: string;
  /** A command, or what to do where no command does it; null for what needs no mending. */
  readonly fix: string | null;
  /** Whether `fix` is a command of a shell, which works as it stands there. */
  readonly isCommand: boolean;
}

export interface DoctorReport {
  /** `uname -r`; null where it is not known. */
  readonly kernel: string | null;
  /** The device that was examined with the host; null for the host alone. */
  readonly device: string | null;
  /** What must be there for the report to be a good one. */
  readonly required: readonly string[];
  readonly checks: readonly Check[];
}

/** How many checks ended in each way. */
export function countChecks(checks: readonly Check[]): Readonly<Record<CheckStatus, number>> {
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
  for (const { status } of checks) counts[status]++;
  return counts;
}
