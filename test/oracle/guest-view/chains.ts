/** Capability lists as QEMU follows them: wherever pointers lead, until one is 0. */

export interface Chain {
  readonly offsets: readonly number[];
  readonly isCycle: boolean;
}

export const u16 = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
export const u32 = (bytes: Uint8Array, at: number) => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;

function follow(first: number, next: (offset: number) => number): Chain {
  const offsets: number[] = [];
  for (let offset = first; offset !== 0; offset = next(offset)) {
    if (offsets.includes(offset)) return { offsets, isCycle: true };
    offsets.push(offset);
  }
  return { offsets, isCycle: false };
}

export function standardChain(bytes: Uint8Array): Chain {
  if ((bytes[0x06] & 0x10) === 0) return { offsets: [], isCycle: false };
  return follow(bytes[0x34], offset => bytes[offset + 1] ?? 0);
}

export function extendedChain(bytes: Uint8Array): Chain {
  if (bytes.length === 0x100 || u32(bytes, 0x100) === 0) return { offsets: [], isCycle: false };
  return follow(0x100, offset => (u32(bytes, offset) >>> 20) & 0xffc);
}

/** Bytes from `offset` to the next capability, or to `end`. */
export function room({ offsets }: Chain, offset: number, end: number): number {
  return Math.min(end, ...offsets.filter(other => other > offset)) - offset;
}

/** Where standard capabilities of an ID stand. */
export function standardOf(bytes: Uint8Array, id: number): number[] {
  return standardChain(bytes).offsets.filter(offset => bytes[offset] === id);
}

/** Where a ReBAR stands that names more BARs than it has room for. */
export function overlongRebars(bytes: Uint8Array): number[] {
  const chain = extendedChain(bytes);
  const length = (offset: number) => 4 + 8 * ((u32(bytes, offset + 8) >>> 5) & 7);
  return chain.offsets.filter(offset => u16(bytes, offset) === 0x15 && length(offset) > room(chain, offset, 0x1000));
}
