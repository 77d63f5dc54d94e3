/** Files in batches that threads take, each batch once. */

/** Files in a batch: few enough that no thread is left with much when the others are done. */
export const BATCH = 25;

/** One batch; batches are counted from 0. */
export interface Batch {
  readonly index: number;
  readonly files: readonly string[];
}

export class Batches {
  readonly #files: readonly string[];
  readonly #next: Int32Array;

  /** `next` is shared by the threads; see `sharedCounter`. */
  constructor(files: readonly string[], next: Int32Array) {
    this.#files = files;
    this.#next = next;
  }

  /** The next that nobody has; null behind the last. */
  take(): Batch | null {
    const index = Atomics.add(this.#next, 0, 1);
    const files = this.#files.slice(index * BATCH, (index + 1) * BATCH);
    return files.length === 0 ? null : { index, files };
  }
}

/** What threads count batches with. */
export function sharedCounter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}
