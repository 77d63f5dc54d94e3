/** Canonical prefix codes, as bzip2 has them: codes of one length are numbered in the order of their symbols. */
import type { Bits } from './bits.ts';
import { UnpackError } from './unpack-error.ts';

const LONGEST = 20;

export class PrefixCode {
  /** By length: the first code of it, how many there are, and where their symbols begin. */
  readonly #first: number[] = [];
  readonly #count: number[] = new Array<number>(LONGEST + 1).fill(0);
  readonly #from: number[] = [];
  readonly #symbols: number[] = [];

  /** `lengths`: of the code of each symbol, 1 to 20. */
  constructor(lengths: readonly number[]) {
    for (const length of lengths) this.#count[length] = (this.#count[length] ?? 0) + 1;
    let code = 0;
    for (let length = 1; length <= LONGEST; length++) {
      this.#first[length] = code;
      this.#from[length] = this.#symbols.length;
      for (const [symbol, own] of lengths.entries()) if (own === length) this.#symbols.push(symbol);
      code = (code + (this.#count[length] ?? 0)) * 2;
    }
  }

  decode(bits: Bits): number {
    let code = 0;
    for (let length = 1; length <= LONGEST; length++) {
      code = code * 2 + bits.take(1);
      const at = code - (this.#first[length] ?? 0);
      if (at >= 0 && at < (this.#count[length] ?? 0)) return this.#symbols[(this.#from[length] ?? 0) + at] ?? 0;
    }
    throw new UnpackError('it is not valid bzip2: a code is none');
  }
}
