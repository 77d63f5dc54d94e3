/** Making checks: what was found, and what mends it. */
import type { Check } from '../../pure/reports/doctor-report.ts';

/** What mends a finding: words, or a command that a shell takes as it is. */
export type Fix = string | { readonly command: string };

export const command = (text: string): Fix => ({ command: text });

function mended(fix: Fix | null): Pick<Check, 'fix' | 'isCommand'> {
  return typeof fix === 'string' || fix === null ? { fix, isCommand: false } : { fix: fix.command, isCommand: true };
}

export const pass = (code: string, text: string): Check => ({ code, status: 'pass', text, ...mended(null) });

export const warn = (code: string, text: string, fix: Fix | null): Check => ({ code, status: 'warn', text, ...mended(fix) });

/** Every failure says what mends it. */
export const fail = (code: string, text: string, fix: Fix): Check => ({ code, status: 'fail', text, ...mended(fix) });

export const unknown = (code: string, text: string, fix: Fix | null = null): Check => ({ code, status: 'unknown', text, ...mended(fix) });

/** What the user demands to be there. */
export type Requirement = 'iommufd' | 'ats' | 'pasid';

/** A check that must pass when it is required: anything else becomes a failure that says so. */
export function demand(check: Check, isRequired: boolean, fix: Fix): Check {
  if (!isRequired || check.status === 'pass' || check.status === 'fail') return check;
  const words = check.status === 'unknown' ? 'required, and not shown to be so' : 'required';
  const own = check.fix === null ? mended(fix) : { fix: check.fix, isCommand: check.isCommand };
  return { ...check, status: 'fail', text: `${words}: ${check.text}`, ...own };
}

/** The check for one who is root, and may have no sudo. */
export function withoutSudo(check: Check): Check {
  return check.isCommand ? { ...check, fix: check.fix?.replaceAll(/\bsudo /g, '') ?? null } : check;
}
