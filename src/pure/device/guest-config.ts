/** The config space that a guest accesses: its own bits from a shadow, the others from the backend, under one law. */
import { byteAt } from '../bytes/checked.ts';
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
  /** Writes that go to the backend, byte by byte. */
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
    for (const { at, mask } of resets) this.#passed[at] = byteAt(this.#passed, at) & ~mask;
    this.start();
  }

  /** Reads allocate nothing, and do not ask the backend for what is answered here alone. */
  read(offset: number, into: Uint8Array): void {
    checkInside(this.size, offset, into.length);
    const emulated = this.#emulated;
    const shadow = this.#shadow;
    let all = 0xff;
    for (let i = 0; i < into.length; i++) all &= byteAt(emulated, offset + i);
    if (all !== 0xff) this.#backend.readRegion(CONFIG, offset, into);
    for (let i = 0; i < into.length; i++) {
      const bits = byteAt(emulated, offset + i);
      into[i] = (byteAt(shadow, offset + i) & bits) | (byteAt(into, i) & ~bits);
    }
  }

  /** One byte as the guest reads it. */
  readByte(at: number): number {
    this.read(at, this.#one);
    return byteAt(this.#one, 0);
  }

  write(offset: number, data: Uint8Array): void {
    checkInside(this.size, offset, data.length);
    const { writeOneToClear } = this.#answers;
    let from = -1;
    for (let i = 0; i < data.length; i++) {
      const at = offset + i;
      const byte = byteAt(data, i);
      const emulated = byteAt(this.#emulated, at);
      const passed = byteAt(this.#passed, at);
      const own = emulated & passed;
      if (own !== 0) {
        const cleared = own & byteAt(writeOneToClear, at);
        const before = byteAt(this.#shadow, at);
        this.#shadow[at] = (before & ~own) | (byte & own & ~cleared) | (before & cleared & ~byte);
      }
      if ((passed & ~emulated) === 0) {
        this.#send(from, at);
        from = -1;
        continue;
      }
      if (from < 0) from = at;
      this.#outgoing[at] = this.#merge(at, byte);
    }
    this.#send(from, offset + data.length);
  }

  /** The byte that the backend gets; bits that are not let through keep their value there and clear nothing. */
  #merge(at: number, byte: number): number {
    const bits = byteAt(this.#passed, at) & ~byteAt(this.#emulated, at);
    if (bits === 0xff) return byte;
    this.#backend.readRegion(CONFIG, at, this.#one);
    return (byte & bits) | (byteAt(this.#one, 0) & ~bits & ~byteAt(this.#answers.cleared, at));
  }

  /** Writes neighbouring bytes together, as the guest did, so that a register of two bytes gets one write. */
  #send(from: number, to: number): void {
    if (from >= 0 && from < to) this.#backend.writeRegion(CONFIG, from, this.#outgoing.subarray(from, to));
  }

  /**
   * Brings the config space into the state in which the guest first meets it. First states are written to the device; a bit that does not
   * take its own is answered here from then on, so that what the view says holds for any backend.
   */
  start(): void {
    const { guest, emulated, firstState } = this.#answers;
    this.#emulated.set(emulated);
    // From the end: a function that is put into D0 may reset itself on the way, so Command comes after its power state.
    for (let at = this.size - 1; at >= 0; at--) {
      const differing = this.#differing(at);
      if (differing === 0) continue;
      this.#one[0] = byteAt(this.#one, 0) ^ differing;
      this.#backend.writeRegion(CONFIG, at, this.#one);
    }
    for (const [at, bits] of firstState.entries()) {
      if (bits !== 0) this.#emulated[at] = byteAt(this.#emulated, at) | this.#differing(at);
    }
    for (const [at, byte] of guest.entries()) this.#shadow[at] = byte & byteAt(this.#emulated, at);
  }

  /** Bits of the backend that are not in their first state; its byte is left in `#one`. */
  #differing(at: number): number {
    const { guest, firstState } = this.#answers;
    const bits = byteAt(firstState, at);
    if (bits === 0) return 0;
    this.#backend.readRegion(CONFIG, at, this.#one);
    return (byteAt(this.#one, 0) ^ byteAt(guest, at)) & bits;
  }

  /** A copy of the shadow. */
  save(): Uint8Array {
    return this.#shadow.slice();
  }

  /** Throws DeviceError EINVAL where a bit differs that no guest can have written: that is another view. */
  check(shadow: Uint8Array): void {
    if (shadow.length !== this.size) throw refuseState(`config space of ${shadow.length} bytes: wanted ${this.size}`);
    const { guest } = this.#answers;
    for (const [at, byte] of shadow.entries()) {
      const emulated = byteAt(this.#emulated, at);
      const fixed = ~(emulated & byteAt(this.#passed, at));
      if (((byte ^ (byteAt(guest, at) & emulated)) & fixed & 0xff) !== 0) throw refuseState(`config byte ${at} is ${byte}`);
    }
  }

  /** Takes bytes that have passed `check`. */
  load(shadow: Uint8Array): void {
    this.#shadow.set(shadow);
  }
}
