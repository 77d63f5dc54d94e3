/** Collects what a reader has to say about a text. */
import { escapeLineEnds, escapeText } from '../../text/escape.ts';
import { clip } from '../../text/shorten.ts';
import type { Origin } from '../origin.ts';
import type { PlanFinding, Severity } from '../plan-finding.ts';

/** Findings of a text that is hostile are as many as it has values; nobody reads more than these. */
const MOST_FINDINGS = 1000;

/** Longer than any sensible name, so that a sentence stays whole. */
const MOST_CHARACTERS = 1000;

/** A sentence that repeats what a text says, fit for one line of a terminal. */
export function oneLine(sentence: string): string {
  return escapeLineEnds(escapeText(clip(sentence, MOST_CHARACTERS))).replaceAll('\t', ' ');
}

export class FindingList {
  readonly findings: PlanFinding[] = [];
  #isPartial = false;

  /** For a definition: that something of it was not there to be read; nothing where all was. */
  get partial(): { readonly isPartial?: true } {
    return this.#isPartial ? { isPartial: true } : {};
  }

  add(severity: Severity, code: string, message: string, origin: Origin | null): void {
    if (this.findings.length < MOST_FINDINGS) this.findings.push({ severity, code, message: oneLine(message), origin });
  }

  /** The same of what is not in the text, or not foreseen: the VM may have more than was read, or other things. */
  addGap(severity: Severity, code: string, message: string, origin: Origin | null): void {
    this.#isPartial = true;
    this.add(severity, code, message, origin);
  }
}
