/** VF Resizable BAR, ID 0024h (PCIe 6.0 §7.8.7): the BARs of the virtual functions of a physical function. */
import { list } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';
import { RESIZABLE_BAR_ENTRY } from './resizable-bar.ts';

const MOST_BARS = 6;

export const vfResizableBar = extendedCapability({
  id: 0x24,
  registers: {
    // The control register of the first entry says how many there are, and is there even if it says none.
    bars: list(0x04, 8, peek => Math.min(Math.max(peek.u8(0x08) >> 5, 1), MOST_BARS), RESIZABLE_BAR_ENTRY),
  },
});
