/** Collects what a reader has to say about a text. */
import type { Origin } from '../origin.ts';
import type { PlanFinding, Severity } from '../plan-finding.ts';

/** Findings of a text that is hostile are as many as it has values; nobody reads more than these. */
const MOST_FINDINGS = 1000;

export class FindingList {
  readonly findings: PlanFinding[] = [];

  add(severity: Severity, code: string, message: string, origin: Origin | null): void {
    if (this.findings.length < MOST_FINDINGS) this.findings.push({ severity, code, message, origin });
  }
}
