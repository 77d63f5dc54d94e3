/** The JSON of `doctor`: the checks with their codes, and how it ended. */
import { countChecks, type DoctorReport } from './doctor-report.ts';
import type { DoctorJson } from './schemas/doctor.ts';
import { DOCTOR_SCHEMA_VERSION } from './versions.ts';

/** The whole report. */
export function doctorJson({ kernel, device, required, checks }: DoctorReport): DoctorJson {
  const counts = countChecks(checks);
  return { schemaVersion: DOCTOR_SCHEMA_VERSION, kernel, device, required, outcome: counts.fail > 0 ? 'failed' : 'passed', counts, checks };
}
