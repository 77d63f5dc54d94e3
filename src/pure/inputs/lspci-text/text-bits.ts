/** The bits of one function that are known while its text is read: those of rows of bytes, and those that the text names. */
import { byteAt } from '../../bytes/checked.ts';
import type { KnownBits, Source } from '../../bytes/layout.ts';
import type { TextContradiction } from '../../facts/read-text.ts';
import { ConfigSpace, EXTENDED_SIZE, type Listing } from '../../pci/config-space.ts';

/** Rows of bytes are believed before text; two lines that contradict each other leave the bit unknown. */
export class TextBits implements Source {
  readonly #mask = new Uint8Array(EXTENDED_SIZE);
  readonly #value = new Uint8Array(EXTENDED_SIZE);
  /** Bits that rows of bytes give. */
  readonly #fromRows = new Uint8Array(EXTENDED_SIZE);
  /** Bits of which two lines say differently. */
  readonly #spoiled = new Uint8Array(EXTENDED_SIZE);
  #contradiction: TextContradiction | null = null;
  /** Whether the text named a bit that no row of bytes gave. */
  #added = false;

  constructor(config: ConfigSpace) {
    config.writeKnownBits(this.#mask);
    for (let at = 0; at < config.bytes.length; at++) this.#value[at] = config.readKnownBits(at);
    this.#fromRows.set(this.#mask);
  }

  get contradiction(): TextContradiction | null {
    return this.#contradiction;
  }

  /** Whether the text named a bit that no row of bytes gave. */
  get isMore(): boolean {
    return this.#added;
  }

  /** Notes that the bits in `mask` of up to four bytes at `at` are those of `value`. What lies outside of config space is dropped. */
  write(at: number, length: number, mask: number, value: number): void {
    for (let i = 0; i < length; i++) {
      if (at + i < 0 || at + i >= EXTENDED_SIZE) return;
      this.#writeByte(at + i, (mask >>> (8 * i)) & 0xff, (value >>> (8 * i)) & 0xff);
    }
  }

  #writeByte(at: number, mask: number, value: number): void {
    const known = byteAt(this.#mask, at);
    const differs = (byteAt(this.#value, at) ^ value) & known & mask;
    if (differs !== 0) {
      this.#contradiction = { count: (this.#contradiction?.count ?? 0) + 1, at: this.#contradiction?.at ?? at };
      const own = differs & ~byteAt(this.#fromRows, at);
      this.#spoiled[at] = byteAt(this.#spoiled, at) | own;
      this.#mask[at] = known & ~own;
      this.#value[at] = byteAt(this.#value, at) & ~own;
    }
    const more = mask & ~known & ~byteAt(this.#spoiled, at);
    if (more === 0) return;
    this.#added = true;
    this.#mask[at] = byteAt(this.#mask, at) | more;
    this.#value[at] = byteAt(this.#value, at) | (value & more);
  }

  read(at: number, length: 1 | 2 | 4): number | undefined {
    const { mask, value } = this.readBits(at, length);
    return mask === 2 ** (8 * length) - 1 ? value : undefined;
  }

  readBits(at: number, length: 1 | 2 | 4): KnownBits {
    let [mask, value] = [0, 0];
    for (let i = length - 1; i >= 0; i--) {
      mask = mask * 256 + (this.#mask[at + i] ?? 0);
      value = value * 256 + (this.#value[at + i] ?? 0);
    }
    return { mask, value };
  }

  /** The config space of `length` bytes. */
  finish(length: number, listing: Listing | null): ConfigSpace {
    return ConfigSpace.fromBits(this.#value.slice(0, length), this.#mask.slice(0, length), listing);
  }
}
