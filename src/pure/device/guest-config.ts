/** The config space that a guest accesses: its own bits from a shadow, the others from the backend, under one law. */
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../spec/vfio/region.ts';
import type { Backend } from './backend.ts';
import { checkInside } from './bounds.ts';
import type { ResetBit } from './function-controls.ts';
import type { GuestAnswers } from './guest-answers.ts';
import { refuseState } from './state.ts';

const CONFIG = VFIO_PCI_CONFIG_REGION_INDEX;

/** Reads are `(shadow & emulated) | (backend & ~emulated)`. A written bit goes to the one that answers for it, or nowhere. */
export class GuestConfig {
  readonly size: number;
  /** Bits outside of `emulated` are 0. */
  readonly #shadow: Uint8Array;
  readonly #emulated: Uint8Array;
  readonly #answers: GuestAnswers;
  /** What goes to the backend, byte by byte. */
  readonly #passed: Uint8Array;
  /** Bytes of a write on their way to the backend, and one byte of it. */
  readonly #outgoing: Uint8Array;
  readonly #one = new Uint8Array(1);
  readonly #backend: Backend;

  /** `resets` are bits that are never stored: the owner acts on them. */
  constructor(backend: Backend, answers: GuestAnswers, resets: readonly ResetBit[]) {
    const { guest, emulated, write } = answers;
    this.#backend = backend;
    this.#answers = answers;
    this.size = guest.length;
    this.#emulated = emulated.slice();
    this.#shadow = new Uint8Array(this.size);
    this.#outgoing = new Uint8Array(this.size);
    this.#passed = write.slice();
    for (const { at, mask } of resets) this.#passed[at] &= ~mask;
    this.start();
  }

  /** Reads allocate nothing, and do not ask the backend for what is answered here alone. */
  read(offset: number, into: Uint8Array): void {
    checkInside(this.size, offset, into.length);
    const emulated = this.#emulated;
    const shadow = this.#shadow;
    let all = 0xff;
    for (let i = 0; i < into.length; i++) all &= emulated[offset + i];
    if (all !== 0xff) this.#backend.readRegion(CONFIG, offset, into);
    for (let i = 0; i < into.length; i++) {
      const bits = emulated[offset + i];
      into[i] = (shadow[offset + i] & bits) | (into[i] & ~bits);
    }
  }

  /** One byte as the guest reads it. */
  readByte(at: number): number {
    this.read(at, this.#one);
    return this.#one[0];
  }

  write(offset: number, data: Uint8Array): void {
    checkInside(this.size, offset, data.length);
    const { writeOneToClear } = this.#answers;
    let from = -1;
    for (let i = 0; i < data.length; i++) {
      const at = offset + i;
      const own = this.#emulated[at] & this.#passed[at];
      if (own !== 0) {
        const cleared = own & writeOneToClear[at];
        this.#shadow[at] = (this.#shadow[at] & ~own) | (data[i] & own & ~cleared) | (this.#shadow[at] & cleared & ~data[i]);
      }
      if ((this.#passed[at] & ~this.#emulated[at]) === 0) {
        this.#send(from, at);
        from = -1;
        continue;
      }
      if (from < 0) from = at;
      this.#outgoing[at] = this.#merge(at, data[i]);
    }
    this.#send(from, offset + data.length);
  }

  /** The byte that the backend gets: bits that are not let through stay as they are there, and clear nothing. */
  #merge(at: number, byte: number): number {
    const bits = this.#passed[at] & ~this.#emulated[at];
    if (bits === 0xff) return byte;
    this.#backend.readRegion(CONFIG, at, this.#one);
    return (byte & bits) | (this.#one[0] & ~bits & ~this.#answers.cleared[at]);
  }

  /** Neighbours go together, as the guest wrote them: a register of two bytes is not two writes. */
  #send(from: number, to: number): void {
    if (from >= 0 && from < to) this.#backend.writeRegion(CONFIG, from, this.#outgoing.subarray(from, to));
  }

  /**
   * As the guest first meets it. First states are written to the device; a bit that does not take its own is answered here from
   * then on, so that what the view says holds for any backend.
   */
  start(): void {
    const { guest, emulated, firstState } = this.#answers;
    this.#emulated.set(emulated);
    // From the end: a function that is put into D0 may reset itself on the way, so Command comes after its power state.
    for (let at = this.size - 1; at >= 0; at--) {
      const differing = this.#differing(at);
      if (differing === 0) continue;
      this.#one[0] ^= differing;
      this.#backend.writeRegion(CONFIG, at, this.#one);
    }
    for (let at = 0; at < this.size; at++) if (firstState[at] !== 0) this.#emulated[at] |= this.#differing(at);
    for (let at = 0; at < this.size; at++) this.#shadow[at] = guest[at] & this.#emulated[at];
  }

  /** Bits of the backend that are not in their first state; its byte is left in `#one`. */
  #differing(at: number): number {
    const { guest, firstState } = this.#answers;
    if (firstState[at] === 0) return 0;
    this.#backend.readRegion(CONFIG, at, this.#one);
    return (this.#one[0] ^ guest[at]) & firstState[at];
  }

  /** A copy of the shadow. */
  save(): Uint8Array {
    return this.#shadow.slice();
  }

  /** Throws DeviceError EINVAL where a bit differs that no guest can have written: that is another view. */
  check(shadow: Uint8Array): void {
    if (shadow.length !== this.size) throw refuseState(`config space of ${shadow.length} bytes: wanted ${this.size}`);
    const { guest } = this.#answers;
    for (let at = 0; at < this.size; at++) {
      const fixed = ~(this.#emulated[at] & this.#passed[at]);
      if (((shadow[at] ^ (guest[at] & this.#emulated[at])) & fixed & 0xff) !== 0) throw refuseState(`config byte ${at} is ${shadow[at]}`);
    }
  }

  /** What `check` has passed. */
  load(shadow: Uint8Array): void {
    this.#shadow.set(shadow);
  }
}
