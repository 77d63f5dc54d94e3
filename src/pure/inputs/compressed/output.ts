/** Bytes that are unpacked, up to a bound. */
import { UnpackError } from './unpack-error.ts';

const FIRST = 64 * 1024;

/** Grows as bytes are added. */
export class Output {
  bytes = new Uint8Array(FIRST);
  length = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Makes room for `count` more bytes.
   * @throws UnpackError for more than the bound
   */
  reserve(count: number): void {
    const wanted = this.length + count;
    if (wanted > this.#most) throw new UnpackError(`it unpacks to more than ${this.#most} bytes`);
    if (wanted <= this.bytes.length) return;
    const larger = new Uint8Array(Math.min(this.#most, Math.max(wanted, 2 * this.bytes.length)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** What was written. */
  whole(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
