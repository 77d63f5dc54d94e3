/** What is known of a function's regions besides its registers, which hold no size (PCI 3.0 §6.2.5.1). */
import { ROM_INDEX } from './bars.ts';

/** One region of a function, as somebody other than its registers tells of it. */
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

/** The regions of a function, and who told of them. */
export interface KnownRegions {
  /** `host`: its kernel, by sysfs or a capture; `lspci`: the text of a dump. */
  readonly source: 'host' | 'lspci';
  /** Whether a region that is not listed is not there. */
  readonly isComplete: boolean;
  readonly regions: readonly RegionFact[];
}

/**
 * Bytes of each region: BAR 0 to 5, 0 where there is none, and behind them, where it is known, the expansion ROM. One whole list: where
 * the size of a BAR is not known there is none, but null.
 */
export type BarSizes = readonly number[];

/**
 * Bytes of BAR 0 to 5, 0 where there is none, and of the ROM where its size is known. null where the size of a BAR is not known, or whether
 * there is one.
 */
export function knownSizes({ isComplete, regions }: KnownRegions): BarSizes | null {
  const unknown = regions.find(({ size }) => size === null);
  if (!isComplete || (unknown !== undefined && unknown.index !== ROM_INDEX)) return null;
  const sizes = [0, 0, 0, 0, 0, 0, 0];
  for (const { index, size } of regions) sizes[index] = Number(size);
  return unknown === undefined ? sizes : sizes.slice(0, ROM_INDEX);
}
