/** Which colour an outcome has: the page's colours by meaning. */
import type { HostPlan, Outcome, Severity } from '../../pure/plan/index.ts';
import type { Tone } from '../parts/chip.tsx';

export const OUTCOME_TONES: Readonly<Record<HostPlan['outcome'] | Outcome, Tone>> = {
  fits: 'shown',
  realized: 'shown',
  fails: 'hidden',
  failed: 'hidden',
  unknown: 'unknown',
};

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { error: 'hidden', warning: 'changed', note: 'unknown' };
