/** Whether a function has a memory BAR, as far as its header shows (PCI 3.0 §6.2.5.1). */
import type { ConfigSpace } from '../../../../pci/config-space.ts';

const HEADER_TYPE = 0x0e;
const FIRST_BAR = 0x10;
const IO_SPACE = 1;
const TYPE = 6;
const TYPE_64 = 4;
/** BARs of a Type 0 and of a Type 1 header. */
const COUNTS = [6, 2];

/** True where a BAR is set and decodes memory. One of all ones does not answer; a 64-bit one needs another behind it. */
export function hasMemoryBar(config: ConfigSpace): boolean {
  const count = COUNTS[(config.read(HEADER_TYPE, 1) ?? 0) & 0x7f] ?? 1;
  for (let i = 0; i < count; i++) {
    const bar = config.read(FIRST_BAR + 4 * i, 4) ?? 0;
    const isBroken = bar === 0xffffffff || ((bar & TYPE) === TYPE_64 && i === count - 1);
    if (bar !== 0 && !isBroken && (bar & IO_SPACE) === 0) return true;
  }
  return false;
}
