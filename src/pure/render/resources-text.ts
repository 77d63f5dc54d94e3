/** Regions and interrupts of a device as text. */

import { formatHex } from '../bytes/hex.ts';
import type { VfioIrqInfo, VfioRegionInfo } from '../device/vfio-info.ts';
import { interruptName, regionName } from '../reports/probe-report.ts';
import { type Painter, PLAIN } from './paint.ts';
import { type Rows, rowsAt } from './row.ts';

/** Where words begin beside a name. */
const COLUMN = 24;
const INDENT = 2;

/** Makes rows of a name and its words, which go on below themselves. */
export function rowsFor(paint: Painter): Rows {
  return rowsAt([INDENT, COLUMN], paint);
}

export type ShownRegion = Pick<VfioRegionInfo, 'index' | 'size' | 'isReadable' | 'isWritable' | 'mappable' | 'type'>;

/** Those that the device has, under a heading. */
export function formatRegions(regions: readonly ShownRegion[], paint: Painter = PLAIN): string[] {
  const row = rowsFor(paint);
  const there = regions.filter(({ size }) => size > 0n);
  const lines = there.flatMap(region => {
    const areas = region.mappable.map(({ offset, size }) => `${formatHex(offset)}-${formatHex(offset + size - 1n)}`);
    const words = [
      `${formatHex(region.size)} bytes`,
      ...(region.isReadable ? ['read'] : []),
      ...(region.isWritable ? ['write'] : []),
      ...(areas.length === 0 ? [] : [`map ${areas.join(' ')}`]),
    ];
    return row(`${region.index} ${regionName(region)}`, words.join(', '));
  });
  return [paint('strong', 'Regions'), ...(lines.length === 0 ? ['  none'] : lines)];
}

export type ShownInterrupt = Omit<VfioIrqInfo, 'flags'>;

/** Those that the device has, under a heading. */
export function formatInterrupts(interrupts: readonly ShownInterrupt[], paint: Painter = PLAIN): string[] {
  const row = rowsFor(paint);
  const there = interrupts.filter(({ count }) => count > 0);
  const lines = there.flatMap(interrupt => {
    const words = [
      String(interrupt.count),
      ...(interrupt.hasEventfd ? ['eventfd'] : []),
      ...(interrupt.isMaskable ? ['maskable'] : []),
      ...(interrupt.isAutomasked ? ['masked when it comes'] : []),
      ...(interrupt.isFixedSize ? ['fixed in number once set up'] : []),
    ];
    return row(`${interrupt.index} ${interruptName(interrupt)}`, words.join(', '));
  });
  return [paint('strong', 'Interrupts'), ...(lines.length === 0 ? ['  none'] : lines)];
}
