/** Bits of a file, high bit first. */
import { UnpackError } from './unpack-error.ts';

export class Bits {
  readonly #bytes: Uint8Array;
  /** In bits. */
  #at: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** At most 32 bits, as a number that is not negative. */
  take(count: number): number {
    let value = 0;
    for (let left = count; left > 0; ) {
      const byte = this.#bytes[this.#at >>> 3];
      if (byte === undefined) throw new UnpackError('it is not valid bzip2: it ends too early');
      const there = 8 - (this.#at & 7);
      const used = Math.min(there, left);
      value = value * 2 ** used + ((byte >>> (there - used)) & ((1 << used) - 1));
      this.#at += used;
      left -= used;
    }
    return value;
  }

  /** Goes on at the next byte; whether there is one. */
  align(): boolean {
    this.#at = (this.#at + 7) & ~7;
    return this.#at >>> 3 < this.#bytes.length;
  }
}
