/** Config space: up to 4096 bytes of a PCIe function, with the knowledge which bytes are known (PCIe 6.0 §7.2). */
import type { Source } from '../bytes/layout.ts';

/** Bytes of the config space of a conventional PCI function. */
export const CONVENTIONAL_SIZE = 0x100;
/** Bytes of the config space of a PCI Express function. */
export const EXTENDED_SIZE = 0x1000;

/**
 * The bytes of one function as far as they are known. A source without privilege gives 64 bytes, one that reads no extended
 * space 256; what lies beyond is unknown, which is not the same as zero.
 */
export class ConfigSpace implements Source {
  /** The bytes from offset 0 up; unknown ones hold 0. At most 4096. Not to be changed. */
  readonly bytes: Uint8Array;
  /** One byte for each of `bytes`, 0 where it is unknown; null where all of `bytes` are known. */
  readonly #known: Uint8Array | null;

  /** Takes the array as it is, without a copy. Throws RangeError for more than 4096 bytes or a known map of another length. */
  constructor(bytes: Uint8Array, known: Uint8Array | null = null) {
    if (bytes.length > EXTENDED_SIZE) throw new RangeError(`config space of ${bytes.length} bytes: wanted at most ${EXTENDED_SIZE}`);
    if (known !== null && known.length !== bytes.length) throw new RangeError(`known map of ${known.length} bytes for ${bytes.length}`);
    this.bytes = bytes;
    this.#known = known?.includes(0) ? known : null;
  }

  /** Whether all of `bytes` are known. */
  get isWhole(): boolean {
    return this.#known === null;
  }

  /** How many bytes from offset 0 up are known without a gap. */
  get knownLength(): number {
    if (this.#known === null) return this.bytes.length;
    return this.#known.indexOf(0);
  }

  /** Whether all of `length` bytes at `at` are known. */
  isKnown(at: number, length = 1): boolean {
    if (at < 0 || at + length > this.bytes.length) return false;
    if (this.#known === null) return true;
    for (let i = at; i < at + length; i++) if (this.#known[i] === 0) return false;
    return true;
  }

  /** An unsigned little-endian number, or undefined where a byte of it is unknown. */
  read(at: number, length: 1 | 2 | 4): number | undefined {
    if (!this.isKnown(at, length)) return undefined;
    const b = this.bytes;
    if (length === 1) return b[at];
    const low = b[at] | (b[at + 1] << 8);
    return length === 2 ? low : (low | (b[at + 2] << 16) | (b[at + 3] << 24)) >>> 0;
  }
}
