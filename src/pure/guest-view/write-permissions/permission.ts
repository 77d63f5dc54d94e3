/** The write permissions of a capability: how many of its bytes vfio-pci owns, and which of their bits take a guest's write. */
import { byteAt } from '../../bytes/checked.ts';

/**
 * Bits that take writes: `length` bytes at `offset` of the capability. `mask` is a little-endian number of up to four bytes, and
 * repeats every four bytes. What lies beyond the capability's length is dropped.
 */
export type WriteRow = readonly [offset: number, length: number, mask: number];

/** The registers of one capability, whose first byte is at 0. */
export interface Registers {
  u8(at: number): number;
  u16(at: number): number;
  u32(at: number): number;
  /** The bits in `mask` of a register, in place. */
  bits(at: number, length: 1 | 2 | 4, mask: number): number;
}

export interface KernelPermission {
  /** The kernel's own length in bytes, from the registers where it is not fixed. Bytes behind it belong to no capability. */
  readonly length: number | ((registers: Registers) => number);
  readonly writes: readonly WriteRow[] | ((registers: Registers) => readonly WriteRow[]);
  /** Bits that a written 1 clears (RW1C). */
  readonly writeOneToClear?: readonly WriteRow[];
}

/** As long as the capability is. */
export const TO_END = Number.POSITIVE_INFINITY;

/** The registers from `at` up; bytes beyond the array are 0. */
export function registersAt(bytes: Uint8Array, at: number): Registers {
  const u8 = (offset: number) => bytes[at + offset] ?? 0;
  const u16 = (offset: number) => u8(offset) | (u8(offset + 1) << 8);
  const u32 = (offset: number) => (u16(offset) | (u16(offset + 2) << 16)) >>> 0;
  const bits = (offset: number, length: 1 | 2 | 4, mask: number) =>
    ((length === 1 ? u8(offset) : length === 2 ? u16(offset) : u32(offset)) & mask) >>> 0;
  return { u8, u16, u32, bits };
}

/** Sets the bits of `row` in `target`, which covers config space from 0 up; `at` and `length` are those of the capability. */
export function setBits(target: Uint8Array, at: number, length: number, row: WriteRow): void {
  const [offset, count, mask] = row;
  const end = Math.min(target.length, at + length, at + offset + count);
  for (let i = at + offset, shift = 0; i < end; i++, shift = (shift + 8) & 31) target[i] = byteAt(target, i) | (mask >>> shift);
}

/** Clears the bits of `row` in a capability at `at`. */
export function clearBits(target: Uint8Array, at: number, [offset, count, mask]: WriteRow): void {
  const end = Math.min(target.length, at + offset + count);
  for (let i = at + offset, shift = 0; i < end; i++, shift = (shift + 8) & 31) target[i] = byteAt(target, i) & ~(mask >>> shift);
}

/** Clears `length` bytes at `at`. */
export function clearBytes(target: Uint8Array, at: number, length: number): void {
  target.fill(0, Math.min(at, target.length), Math.min(at + length, target.length));
}
