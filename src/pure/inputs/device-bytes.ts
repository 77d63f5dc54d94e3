/** The bytes of one device while its dump is being read: written row by row, in any order, with gaps. */

import type { ContradictoryRows } from '../facts/contradictory-rows.ts';
import { ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';

/** Bytes of a slab: sixteen devices of the largest kind. */
const SLAB = 16 * EXTENDED_SIZE;

/** One buffer that serves device after device. */
export class DeviceBytes {
  /** Whoever writes here must call `mark`. */
  readonly bytes = new Uint8Array(EXTENDED_SIZE);
  /** The same bytes, four at a time, on a little-endian machine. */
  readonly words = new Int32Array(this.bytes.buffer);
  /** The line of the row that a byte came from, by its offset over 16. Whoever writes bytes writes it. */
  readonly lines = new Float64Array(EXTENDED_SIZE / 16);
  readonly #known = new Uint8Array(EXTENDED_SIZE);
  #slab = new Uint8Array(0);
  #slabUsed = 0;
  /** One past the last known byte. */
  #end = 0;
  /** Whether there are gaps; without them `#known` is not kept. */
  #hasGap = false;
  /** Offsets on which rows contradict each other, and the first of them; null where there is none. */
  #contradictory: { readonly offsets: Set<number>; readonly lines: readonly [number, number] } | null = null;

  /** One past the last known byte. */
  get end(): number {
    return this.#end;
  }

  /** Whether no row was written, not even one of unknown bytes. */
  get isEmpty(): boolean {
    return this.#end === 0 && !this.#hasGap;
  }

  /** Notes that `count` bytes at `offset` are known. Both must lie inside of 4096. */
  mark(offset: number, count: number): void {
    if (count === 0) return;
    if (offset !== this.#end) this.#keepKnown();
    if (this.#hasGap) this.#known.fill(1, offset, offset + count);
    this.#end = Math.max(this.#end, offset + count);
  }

  /** Notes that the byte at `offset` is not known, whatever was said before. */
  forget(offset: number): void {
    this.#keepKnown();
    this.#known[offset] = 0;
  }

  /** Takes a byte of the row at `line`; a byte that contradicts an earlier row becomes unknown. `offset` must be below 4096. */
  write(offset: number, byte: number, line: number): void {
    if (this.#contradictory?.offsets.has(offset)) return;
    const wasKnown = offset < this.#end && (!this.#hasGap || this.#known[offset] === 1);
    if (wasKnown && this.bytes[offset] !== byte) {
      this.#contradictory ??= { offsets: new Set(), lines: [this.lines[offset >> 4] ?? 0, line] };
      this.#contradictory.offsets.add(offset);
      this.forget(offset);
      return;
    }
    if (wasKnown) return;
    this.bytes[offset] = byte;
    this.lines[offset >> 4] = line;
    this.mark(offset, 1);
  }

  /** The rows so far that contradict each other. */
  get contradictory(): ContradictoryRows | null {
    if (this.#contradictory === null) return null;
    const { offsets, lines } = this.#contradictory;
    const [at = 0] = offsets;
    return { count: offsets.size, at, lines };
  }

  #keepKnown(): void {
    if (this.#hasGap) return;
    this.#known.fill(0);
    this.#known.fill(1, 0, this.#end);
    this.#hasGap = true;
  }

  /** A copy of what was written, in a slab that several devices share: an ArrayBuffer for each would cost more than its bytes. */
  #copy(): Uint8Array {
    const size = (this.#end + 7) & ~7;
    if (this.#slabUsed + size > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB);
      this.#slabUsed = 0;
    }
    const copy = this.#slab.subarray(this.#slabUsed, this.#slabUsed + this.#end);
    copy.set(this.bytes.subarray(0, this.#end));
    this.#slabUsed += size;
    return copy;
  }

  /** The device's config space, a copy; makes room for the next device. */
  take(): ConfigSpace {
    return this.#finish(this.#copy());
  }

  /** The device's config space as it lies here, good until the next device is written; makes room for that. */
  lend(): ConfigSpace {
    return this.#finish(this.bytes.subarray(0, this.#end));
  }

  #finish(bytes: Uint8Array): ConfigSpace {
    const known = this.#hasGap ? this.#known.slice(0, this.#end) : null;
    // A gap may still hold bytes of an earlier device.
    known?.forEach((flag, i) => {
      if (flag === 0) bytes[i] = 0;
    });
    this.#end = 0;
    this.#hasGap = false;
    this.#contradictory = null;
    return new ConfigSpace(bytes, known);
  }
}
