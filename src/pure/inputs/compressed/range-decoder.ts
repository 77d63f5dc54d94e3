/** The range decoder of LZMA: bits with probabilities that follow what was seen (7-Zip's LZMA specification, "Range Decoder"). */
import { UnpackError } from './unpack-error.ts';

/** Probabilities have eleven bits; each begins at one half, and moves by a 32nd. */
const BITS = 11;
const ONE = 1 << BITS;
const MOVE = 5;
const TOP = 2 ** 24;

/** `count` probabilities of one half. */
export const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(ONE / 2);

export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  #range = 0xffffffff;
  #code = 0;

  /** Takes the bytes from `at` to `end`; the first is 0, and four are the first code. */
  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at + 1;
    this.#end = end;
    if (bytes[at] !== 0) throw new UnpackError('it is not valid xz: a chunk does not begin with 0');
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  /** Whether all bytes are used up, as they are at the end of a chunk. */
  get isAtEnd(): boolean {
    this.#normalize();
    return this.#at === this.#end && this.#code === 0;
  }

  #next(): number {
    if (this.#at >= this.#end) throw new UnpackError('it is not valid xz: a chunk ends too early');
    return this.#bytes[this.#at++] ?? 0;
  }

  #normalize(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  bit(own: Uint16Array, at: number): 0 | 1 {
    this.#normalize();
    const probability = own[at] ?? 0;
    const bound = (this.#range >>> BITS) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      own[at] = probability + ((ONE - probability) >>> MOVE);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    own[at] = probability - (probability >>> MOVE);
    return 1;
  }

  /** `count` bits, high bit first, each by what came before it. */
  tree(own: Uint16Array, count: number, from = 0): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(own, from + node);
    return node - (1 << count);
  }

  /** The same, low bit first. */
  reverseTree(own: Uint16Array, count: number, from = 0): number {
    let [node, value] = [1, 0];
    for (let i = 0; i < count; i++) {
      const bit = this.bit(own, from + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** `count` bits that are as likely set as not. */
  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#normalize();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = (value << 1) | bit;
    }
    return value >>> 0;
  }
}
