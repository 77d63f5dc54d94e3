/** The vector table of MSI-X: 16 bytes for each vector, all of them masked after a reset (PCIe 6.0 §7.7.2.7 to §7.7.2.10). */
import { checkInside } from './bounds.ts';

const ENTRY = 16;
/** Vector Control; its Mask Bit is the only one that is not reserved. */
const CONTROL = 12;
const MASK = 1;

/** Takes any access; reserved bits read 0. */
export class MsixTable {
  readonly vectors: number;
  readonly bytes: Uint8Array;

  constructor(vectors: number) {
    this.vectors = vectors;
    this.bytes = new Uint8Array(ENTRY * vectors);
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    for (let at = CONTROL; at < this.bytes.length; at += ENTRY) this.bytes[at] = MASK;
  }

  isMasked(vector: number): boolean {
    return ((this.bytes[ENTRY * vector + CONTROL] ?? 0) & MASK) !== 0;
  }

  read(offset: number, into: Uint8Array): void {
    checkInside(this.bytes.length, offset, into.length);
    for (let i = 0; i < into.length; i++) into[i] = this.bytes[offset + i];
  }

  /** Tells whether a mask bit changed. */
  write(offset: number, bytes: Uint8Array): boolean {
    checkInside(this.bytes.length, offset, bytes.length);
    let isMaskChanged = false;
    for (let i = 0; i < bytes.length; i++) {
      const at = offset + i;
      const register = at % ENTRY;
      const value = register < CONTROL ? bytes[i] : register === CONTROL ? bytes[i] & MASK : 0;
      if (register === CONTROL) isMaskChanged ||= value !== this.bytes[at];
      this.bytes[at] = value;
    }
    return isMaskChanged;
  }
}
