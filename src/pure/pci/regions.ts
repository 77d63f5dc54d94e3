/** What is known of a function's regions besides its registers, which hold no size (PCI 3.0 §6.2.5.1). */

export interface RegionFact {
  /** 0 to 5 for the (first) register, 6 for the expansion ROM. */
  readonly index: number;
  /** null where nobody said it, as of a ROM. */
  readonly kind: 'memory' | 'io' | null;
  readonly width: 32 | 64 | null;
  readonly prefetchable: boolean | null;
  /** Bytes; null where the size is not known. */
  readonly size: bigint | null;
}

export interface KnownRegions {
  readonly source: 'capture' | 'sysfs' | 'lspci';
  /** Whether a region that is not listed is not there. */
  readonly isComplete: boolean;
  readonly regions: readonly RegionFact[];
}

/** Bytes of BAR 0 to 5 and of the ROM, 0 where there is none; null where the size of one is not known, or whether there is one. */
export function knownSizes({ isComplete, regions }: KnownRegions): number[] | null {
  if (!isComplete || regions.some(({ size }) => size === null)) return null;
  const sizes = [0, 0, 0, 0, 0, 0, 0];
  for (const { index, size } of regions) sizes[index] = Number(size);
  return sizes;
}
