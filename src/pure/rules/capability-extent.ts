/** How far a capability's registers reach: the specification's length, never into the next capability. */
import { capabilityFacts } from '../pci/capability-facts.ts';
import { CONVENTIONAL_SIZE } from '../pci/config-space.ts';
import type { CapabilityKind } from '../pci/walk.ts';
import type { Work, WorkCapability } from './work.ts';

/** Capabilities begin at dwords, so none is shorter than one. */
const LEAST = 4;

/** The capability's length in bytes by the specification; Infinity where it gives none: the capability ends where the next one begins. */
export function capabilityLength(work: Work, kind: CapabilityKind, id: number, offset: number): number {
  const length = capabilityFacts(kind, id)?.length;
  if (typeof length === 'number') return length;
  return typeof length === 'function' ? length(work, offset) : Number.POSITIVE_INFINITY;
}

/** The fewest bytes that a capability of the ID takes. */
export function leastLength(kind: CapabilityKind, id: number): number {
  const length = capabilityFacts(kind, id)?.length;
  return typeof length === 'number' ? length : LEAST;
}

/** The offset behind the capability's last byte: by its length where the specification gives one, and never beyond the next capability. */
export function capabilityEnd(work: Work, { kind, id, offset, end }: WorkCapability): number {
  const limit = kind === 'standard' && end > CONVENTIONAL_SIZE ? CONVENTIONAL_SIZE : end;
  return Math.min(limit, offset + capabilityLength(work, kind, id, offset));
}

/** Bytes to the next standard capability, even one that the VMM hides, or to the end of the first 256: QEMU takes them for the size. */
export function standardSize(work: Work, offset: number): number {
  let end = CONVENTIONAL_SIZE;
  for (const other of work.capabilities) {
    if (other.kind !== 'standard' || (other.status === 'hidden' && other.stage === 'kernel')) continue;
    if (other.offset > offset && other.offset < end) end = other.offset;
  }
  return end - offset;
}
