/** Patches: how a stage changes the bytes below it, under one law: `(below & ~mask) | (value & mask)`. */
import { byteAt } from '../bytes/checked.ts';
import type { Reason } from './reasons.ts';

/** Who makes a change: the kernel's vfio-pci, or the VMM above it. */
export type Stage = 'kernel' | 'vmm';

/**
 * What holds of the patched bits once the guest runs. `fixed`: they never change. `first-state`: the guest meets them so at first and
 * after each reset; from then on they are the device's own. `blank`: they belong to a hidden capability, and no write reaches them, not
 * even through a neighbour. `guest-set`: they are empty until the guest's firmware writes a value of its own, and then hold that.
 */
export type PatchKind = 'fixed' | 'first-state' | 'blank' | 'guest-set';

/**
 * A change of `length` bytes at `at`. `mask` and `value` are little-endian numbers of up to four bytes; where `length` is
 * larger (a multiple of 4, a range that is blanked) they repeat every four bytes.
 */
export interface Patch {
  readonly at: number;
  readonly length: number;
  readonly mask: number;
  readonly value: number;
  readonly kind: PatchKind;
  readonly stage: Stage;
  readonly reason: Reason;
  /** Present where the written value depends on unknown bytes: above the patch none of its bytes is known. */
  readonly unknown?: true;
}

/**
 * Updates which bits of each byte are known: those that the patch covers become known; all bytes that it covers become unknown if its
 * value is.
 */
export function settlePatch(known: Uint8Array, { at, length, mask, unknown }: Patch): void {
  const end = Math.min(at + length, known.length);
  for (let i = at, shift = 0; i < end; i++, shift = (shift + 8) & 31) {
    if (unknown === true) known[i] = 0;
    else known[i] = byteAt(known, i) | ((mask >>> shift) & 0xff);
  }
}

/** Applies one patch to `bytes` in place and tells whether a bit changed. Bytes of the patch beyond the end are dropped. */
export function applyPatch(bytes: Uint8Array, { at, length, mask, value }: Patch): boolean {
  const end = Math.min(at + length, bytes.length);
  if (mask === 0xffffffff && value === 0 && length > 8) {
    // Most blanked ranges are short: a loop is faster than a call of `fill`.
    for (let i = at; i < end; i++) bytes[i] = 0;
    return true;
  }
  let changed = 0;
  for (let i = at, shift = 0; i < end; i++, shift = (shift + 8) & 31) {
    const below = byteAt(bytes, i);
    const bits = (mask >>> shift) & 0xff;
    const above = (below & ~bits) | ((value >>> shift) & bits);
    changed |= below ^ above;
    bytes[i] = above;
  }
  return changed !== 0;
}
