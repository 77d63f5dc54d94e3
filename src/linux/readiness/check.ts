/** Making checks: what was found, and what mends it. */
import type { Check } from '../../pure/render/doctor-report.ts';

export const pass = (code: string, text: string): Check => ({ code, status: 'pass', text, fix: null });

export const warn = (code: string, text: string, fix: string | null): Check => ({ code, status: 'warn', text, fix });

/** Each failure has what mends it. */
export const fail = (code: string, text: string, fix: string): Check => ({ code, status: 'fail', text, fix });

export const unknown = (code: string, text: string, fix: string | null = null): Check => ({ code, status: 'unknown', text, fix });

/** What the user demands to be there. */
export type Requirement = 'iommufd' | 'ats' | 'pasid';

/** A check that must pass when it is required: anything else becomes a failure that says so. */
export function demand(check: Check, isRequired: boolean, fix: string): Check {
  if (!isRequired || check.status === 'pass' || check.status === 'fail') return check;
  const words = check.status === 'unknown' ? 'required, and not shown to be so' : 'required';
  return fail(check.code, `${words}: ${check.text}`, check.fix ?? fix);
}
