/** The JSON of `doctor`: the checks with their codes, and how it ended. */
import { type Check, type CheckStatus, countChecks, type DoctorReport } from './doctor-report.ts';

export const DOCTOR_SCHEMA_VERSION = 1;

export interface DoctorJson {
  readonly schemaVersion: number;
  readonly kernel: string | null;
  readonly device: string | null;
  readonly required: readonly string[];
  readonly outcome: 'passed' | 'failed';
  readonly counts: Readonly<Record<CheckStatus, number>>;
  readonly checks: readonly Check[];
}

/** The whole report. */
export function doctorJson({ kernel, device, required, checks }: DoctorReport): DoctorJson {
  const counts = countChecks(checks);
  return { schemaVersion: DOCTOR_SCHEMA_VERSION, kernel, device, required, outcome: counts.fail > 0 ? 'failed' : 'passed', counts, checks };
}
