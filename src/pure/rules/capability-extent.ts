/** How far a capability's registers reach: the specification's length, never into the next capability. */
import { CONVENTIONAL_SIZE } from '../pci/config-space.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import type { Work, WorkCapability } from './work.ts';

type Length = number | ((work: Work, at: number) => number);

/** Bytes of standard capabilities whose length does not depend on the device's other registers (PCI 3.0 §6.7, PCIe 6.0 §7.5). */
const STANDARD: Readonly<Record<number, Length>> = {
  1: 8,
  2: 12,
  3: 8,
  4: 4,
  5: (work, at) => {
    const control = work.u16(at + 2);
    return 10 + ((control & 0x80) === 0 ? 0 : 4) + ((control & 0x100) === 0 ? 0 : 10);
  },
  6: 4,
  9: (work, at) => Math.max(work.u8(at + 2), 3),
  10: 4,
  12: 8,
  13: 8,
  16: (work, at) => ((work.u16(at + 2) & 15) < 2 ? 0x24 : 0x3c),
  17: 12,
  19: 6,
};

/** Bytes of extended capabilities (PCIe 6.0 §7.7 to §7.9). An ID that is not here reaches to the next capability. */
const EXTENDED: Readonly<Record<number, Length>> = {
  1: 0x48,
  3: 12,
  4: 16,
  11: (work, at) => Math.max(work.u16(at + 6) >> 4, 8),
  13: (work, at) => 8 + ((work.u16(at + 4) & 0x20) === 0 ? 0 : 4 * Math.ceil((work.u8(at + 5) || 256) / 32)),
  14: 8,
  15: 8,
  16: 0x40,
  18: 0x30,
  19: 16,
  21: (work, at) => 4 + 8 * Math.max((work.u8(at + 8) >> 5) & 7, 1),
  24: 8,
  27: 8,
  28: 8,
  30: 0x14,
  31: 12,
  33: 16,
  34: 12,
  35: (work, at) => Math.max(work.u16(at + 6) >> 4, 12),
  36: (work, at) => 4 + 8 * Math.max((work.u8(at + 8) >> 5) & 7, 1),
  37: 12,
  41: 16,
  46: 0x18,
  47: 16,
};

/** Capabilities stand at dwords. */
const LEAST = 4;

/** The capability's length in bytes by the specification; Infinity for an ID that is not known here. */
export function capabilityLength(work: Work, kind: CapabilityKind, id: number, offset: number): number {
  const length = (kind === 'standard' ? STANDARD : EXTENDED)[id] ?? Number.POSITIVE_INFINITY;
  return typeof length === 'number' ? length : length(work, offset);
}

/** The fewest bytes that a capability of the ID takes. */
export function leastLength(kind: CapabilityKind, id: number): number {
  const length = (kind === 'standard' ? STANDARD : EXTENDED)[id];
  return typeof length === 'number' ? length : LEAST;
}

/** The offset behind the capability's last byte: by its length where the ID is known, and in any case before the next capability. */
export function capabilityEnd(work: Work, { kind, id, offset, end }: WorkCapability): number {
  const limit = kind === 'standard' && end > CONVENTIONAL_SIZE ? CONVENTIONAL_SIZE : end;
  return Math.min(limit, work.size, offset + capabilityLength(work, kind, id, offset));
}

/** Bytes to the next standard capability, also one that the VMM hides, or to the end of the first 256: what QEMU takes for the size of one. */
export function standardSize(work: Work, offset: number): number {
  let end = CONVENTIONAL_SIZE;
  for (const other of work.capabilities) {
    if (other.kind !== 'standard' || (other.status === 'hidden' && other.stage === 'kernel')) continue;
    if (other.offset > offset && other.offset < end) end = other.offset;
  }
  return end - offset;
}
