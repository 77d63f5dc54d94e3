/** Resizable BAR, ID 0015h (PCIe 6.0 §7.8.6). */
import { bits, span } from '../../bytes/bits.ts';
import { group, list, type Peek, reg32 } from '../../bytes/layout.ts';
import {
  PCI_EXT_CAP_ID_REBAR,
  PCI_REBAR_CAP,
  PCI_REBAR_CTRL,
  PCI_REBAR_CTRL_BAR_IDX,
  PCI_REBAR_CTRL_NBAR_MASK,
  PCI_REBAR_CTRL_NBAR_SHIFT,
  PCI_STD_NUM_BARS,
} from '../../spec/pci-regs.ts';
import { REBAR_ENTRY_SIZE, REBAR_SIZE } from '../../spec/pcie.ts';
import { extendedCapability, type RegisterReader } from '../capability.ts';

/** From the first control register; one entry at least, since that is where the count stands. */
export function entryCount(peek: Peek): number {
  return Math.min(Math.max((peek.u8(PCI_REBAR_CTRL) & PCI_REBAR_CTRL_NBAR_MASK) >> PCI_REBAR_CTRL_NBAR_SHIFT, 1), PCI_STD_NUM_BARS);
}

/** Two registers a BAR, the same in the capability for the BARs of VFs. */
export const RESIZABLE_BAR_ENTRY = group({
  // Bit n: 2 to the power of n MB, from 1 MB to 128 TB.
  capability: reg32(0, { supportedSizes: bits(4, 31) }),
  control: reg32(PCI_REBAR_CTRL - PCI_REBAR_CAP, {
    barIndex: bits(...span(PCI_REBAR_CTRL_BAR_IDX)),
    // Only in the first entry.
    barCount: bits(...span(PCI_REBAR_CTRL_NBAR_MASK)),
    // 2 to the power of this MB.
    size: bits(...span(REBAR_SIZE)),
    // Bit n: 2 to the power of 28 + n MB, from 256 TB to 8 EB.
    supportedLargeSizes: bits(16, 31),
  }),
});

/** One entry at least, since that is where the count stands. */
export function resizableBarLength(registers: RegisterReader, at: number): number {
  const count = registers.bits(at + PCI_REBAR_CTRL, 1, PCI_REBAR_CTRL_NBAR_MASK) >> PCI_REBAR_CTRL_NBAR_SHIFT;
  return PCI_REBAR_CAP + REBAR_ENTRY_SIZE * Math.max(count, 1);
}

export const resizableBar = extendedCapability({
  id: PCI_EXT_CAP_ID_REBAR,
  name: 'ReBAR',
  title: 'Resizable BAR',
  length: resizableBarLength,
  privatePlaces: 'nothing',
  registers: { bars: list(PCI_REBAR_CAP, REBAR_ENTRY_SIZE, entryCount, RESIZABLE_BAR_ENTRY) },
});
