/** What is to be said about a command line, bounded, and with foreign text made fit for one line. */
import { escapeLineEnds, escapeText } from '../../../text/escape.ts';
import { clip } from '../../../text/shorten.ts';
import type { Origin } from '../../origin.ts';
import type { PlanFinding, Severity } from '../../plan-finding.ts';
import { DefinitionError } from '../reader.ts';

/** A text of so many mistakes is not mended by reading on. */
const MOST_FINDINGS = 500;
/** Longer than any sensible value, so that QEMU's words stay whole. */
const MOST_QUOTED = 200;

/** What a message repeats of the text. */
export function repeat(text: string): string {
  return escapeLineEnds(escapeText(clip(text, MOST_QUOTED)));
}

/** More values than any definition has. */
const MOST_VALUES = 100_000;

/** Collects findings, and counts the values that are read, so that no text takes memory without bound. */
export class Findings {
  readonly #all: PlanFinding[] = [];
  #left = 0;
  #values = 0;

  /** QEMU's own words of a refusal: it ends. */
  error(code: string, message: string, origin: Origin | null): void {
    this.#add('error', code, message, origin);
  }

  warning(code: string, message: string, origin: Origin | null): void {
    this.#add('warning', code, message, origin);
  }

  note(code: string, message: string, origin: Origin | null): void {
    this.#add('note', code, message, origin);
  }

  /** Whether one more is only counted. */
  get isFull(): boolean {
    return this.#all.length >= MOST_FINDINGS;
  }

  /** @throws DefinitionError where there are more values than any definition has */
  countValue(origin: Origin): void {
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw new DefinitionError(`A definition has more than ${MOST_VALUES} values`, origin);
  }

  get all(): readonly PlanFinding[] {
    if (this.#left === 0) return this.#all;
    return [...this.#all, { severity: 'note', code: 'qemu.findings.more', message: `${this.#left} more findings`, origin: null }];
  }

  #add(severity: Severity, code: string, message: string, origin: Origin | null): void {
    if (!this.isFull) this.#all.push({ severity, code, message, origin });
    else this.#left += 1;
  }
}
