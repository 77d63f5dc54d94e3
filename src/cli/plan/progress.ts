/** A line on a terminal that says how far a long work is; nothing where standard error is no terminal. */
import { printProgress } from '../output.ts';

/** Milliseconds until the first line, and between two. */
const EVERY = 250;
/** So many take long, which is told at once. */
const MANY = 100;

export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #isLong: boolean;
  #done = 0;
  #next: number;
  #isDrawn = false;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
    this.#isLong = total > 1;
    // The clock starts with the process, which has read the hosts by now; it takes long to load.
    this.#next = !this.#isLong || total >= MANY ? EVERY : performance.now() + EVERY;
    this.step(0);
  }

  step(count = 1): void {
    this.#done += count;
    if (!this.#isLong || performance.now() < this.#next) return;
    this.#next = performance.now() + EVERY;
    this.#isDrawn = true;
    printProgress(`${this.#done} of ${this.#total} ${this.#what}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isDrawn) printProgress('');
  }
}
