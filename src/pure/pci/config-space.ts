/** Config space: up to 4096 bytes of a PCIe function, with the knowledge which bytes, and which bits, are known (PCIe 6.0 §7.2). */

import { byteAt, dwordAt, wordAt } from '../bytes/checked.ts';
import { hexDigits } from '../bytes/hex.ts';
import type { KnownBits, Source } from '../bytes/layout.ts';
import { PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../spec/pci-regs.ts';

/** Bytes of the config space of a conventional PCI function. */
export const CONVENTIONAL_SIZE = PCI_CFG_SPACE_SIZE;
/** Bytes of the config space of a PCI Express function. */
export const EXTENDED_SIZE = PCI_CFG_SPACE_EXP_SIZE;

/** Bytes of which some bits are known, as in what a text says of a register. */
export interface PartialBytes {
  /** One byte for each byte of the config space: its known bits, 0 where the byte is known whole or not at all. */
  readonly mask: Uint8Array;
  /** What those bits are; the others are 0. */
  readonly value: Uint8Array;
}

/** Capabilities of one list as whoever read the function names them, in the order of the list. */
export interface ListedCapabilities {
  readonly offsets: readonly number[];
  /** Whether the list has no others. */
  readonly isWhole: boolean;
}

/** The two lists as somebody tells of them; null for one that is to be followed by its pointers. */
export interface Listing {
  readonly standard: ListedCapabilities | null;
  readonly extended: ListedCapabilities | null;
}

/** The same memory without the ways of a subclass: a copy that is made with `slice` of Node's Buffer is none. */
function asPlain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * The bytes of one function as far as they are known. A source without privilege gives 64 bytes, one that reads no extended
 * space 256; what lies beyond is unknown, which is not the same as zero.
 */
export class ConfigSpace implements Source {
  /** The bytes from offset 0 up; unknown ones hold 0. At most 4096. Not to be changed. */
  readonly bytes: Uint8Array;
  /** One byte for each of `bytes`, 0 where it is unknown; null where all of `bytes` are known. */
  readonly #known: Uint8Array | null;
  /** The bits of bytes that `#known` counts as unknown; null where no byte is known in part. */
  readonly #partial: PartialBytes | null;
  /** Lists of which somebody tells, since their pointers are not all known; null where none is. */
  readonly listing: Listing | null;

  /**
   * Takes the arrays as they are, without a copy.
   * @throws RangeError for more than 4096 bytes, a map of another length, and for bytes of `partial` that are known whole or hold a bit
   * outside of their mask
   */
  constructor(bytes: Uint8Array, known: Uint8Array | null = null, partial: PartialBytes | null = null, listing: Listing | null = null) {
    if (bytes.length > EXTENDED_SIZE) throw new RangeError(`config space of ${bytes.length} bytes: wanted at most ${EXTENDED_SIZE}`);
    if (known !== null && known.length !== bytes.length) throw new RangeError(`known map of ${known.length} bytes for ${bytes.length}`);
    this.bytes = asPlain(bytes);
    this.#known = known?.includes(0) ? known : null;
    this.#partial = partial?.mask.some(bits => bits !== 0) ? partial : null;
    this.listing = listing;
    if (partial !== null) checkPartial(partial, bytes.length, this.#known);
  }

  /** Takes bytes of which the bits in `bits` are known, one byte of it for each. */
  static fromBits(bytes: Uint8Array, bits: Uint8Array, listing: Listing | null = null): ConfigSpace {
    const whole = bits.map(mask => Number(mask === 0xff));
    const isPartial = bits.some(mask => mask !== 0 && mask !== 0xff);
    if (!isPartial) return new ConfigSpace(bytes, whole, null, listing);
    const mask = bits.map(known => (known === 0xff ? 0 : known));
    const value = bytes.map((byte, at) => byte & (mask[at] ?? 0));
    return new ConfigSpace(bytes, whole, { mask, value }, listing);
  }

  /** A copy of the bytes that are known in part, for whoever makes another config space of this one; null where there are none. */
  get partial(): PartialBytes | null {
    return this.#partial === null ? null : { mask: this.#partial.mask.slice(), value: this.#partial.value.slice() };
  }

  /** Whether all of `bytes` are known. */
  get isWhole(): boolean {
    return this.#known === null;
  }

  /** How many bytes from offset 0 up are known without a gap. */
  get knownLength(): number {
    return this.firstUnknown(0);
  }

  /** The first offset from `at` up that is unknown, which every offset behind `bytes` is. */
  firstUnknown(at: number): number {
    const found = this.#known === null ? -1 : this.#known.indexOf(0, at);
    return found < 0 ? Math.max(at, this.bytes.length) : found;
  }

  /** The first offset from `at` up that is known; Infinity where none is. */
  firstKnown(at: number): number {
    const { length } = this.bytes;
    for (let i = at; i < length; i++) if (this.#known === null || this.#known[i] !== 0) return i;
    return Number.POSITIVE_INFINITY;
  }

  /** Writes to the front of `map` which of `bytes` are known: 0 for those that are not. */
  writeKnown(map: Uint8Array): void {
    if (this.#known === null) map.fill(1, 0, this.bytes.length);
    else map.set(this.#known);
  }

  /** Writes to the front of `map` which bits of `bytes` are known. */
  writeKnownBits(map: Uint8Array): void {
    if (this.#known === null) map.fill(0xff, 0, this.bytes.length);
    else for (let at = 0; at < this.#known.length; at++) map[at] = this.#known[at] === 0 ? (this.#partial?.mask[at] ?? 0) : 0xff;
  }

  /** Writes the known bits of bytes that are known in part to where those are in `bytes`. */
  writePartial(bytes: Uint8Array): void {
    const partial = this.#partial;
    if (partial === null) return;
    for (let at = 0; at < Math.min(bytes.length, partial.mask.length); at++) if (partial.mask[at] !== 0) bytes[at] = partial.value[at] ?? 0;
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
    if (length === 1) return byteAt(b, at);
    return length === 2 ? wordAt(b, at) : dwordAt(b, at);
  }

  /** The bits of an unsigned little-endian number that are known. */
  readBits(at: number, length: 1 | 2 | 4): KnownBits {
    let [mask, value] = [0, 0];
    for (let i = length - 1; i >= 0; i--) {
      mask = mask * 256 + this.knownBits(at + i);
      value = value * 256 + this.readKnownBits(at + i);
    }
    return { mask, value };
  }

  /** Which bits of the byte at `at` are known: 0xff for a known byte, 0 for one that is unknown or lies beyond the end. */
  knownBits(at: number): number {
    if (this.isKnown(at)) return 0xff;
    return this.#partial?.mask[at] ?? 0;
  }

  /** The known bits of the byte at `at`; those that are unknown are 0. */
  readKnownBits(at: number): number {
    return this.isKnown(at) ? (this.bytes[at] ?? 0) : (this.#partial?.value[at] ?? 0);
  }
}

function checkPartial({ mask, value }: PartialBytes, length: number, known: Uint8Array | null): void {
  if (mask.length !== length || value.length !== length)
    throw new RangeError(`known bits of ${mask.length} bytes, values of ${value.length}: wanted ${length} of each`);
  for (let at = 0; at < length; at++) {
    const bits = mask[at] ?? 0;
    const at16 = hexDigits(at);
    if (bits === 0xff || (bits !== 0 && known?.[at] !== 0)) throw new RangeError(`byte ${at16}h is known in part and whole`);
    if (((value[at] ?? 0) & ~bits) !== 0) throw new RangeError(`byte ${at16}h has a bit that is not known`);
  }
}
