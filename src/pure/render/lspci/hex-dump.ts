/** Rows of sixteen bytes, as `lspci -x` prints them. */
import { formatHexBytes, hexDigits } from '../../bytes/hex.ts';
import type { ConfigSpace } from '../../pci/config-space.ts';

const ROW = 16;

/** The first `length` bytes. A byte that is not known is `??`; a row without any known byte is left out. */
export function formatHexDump(config: ConfigSpace, length: number): string[] {
  const rows: string[] = [];
  for (let row = 0; row < Math.min(length, config.bytes.length); row += ROW) {
    const pairs: string[] = [];
    let isKnown = false;
    for (let at = row; at < Math.min(row + ROW, config.bytes.length); at++) {
      const known = config.isKnown(at);
      isKnown ||= known;
      pairs.push(known ? formatHexBytes(config.bytes.subarray(at, at + 1)) : '??');
    }
    if (isKnown) rows.push(`${hexDigits(row, 2)}: ${pairs.join(' ')}`);
  }
  return rows;
}
