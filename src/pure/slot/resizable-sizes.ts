/** Sizes of resizable regions, the only sizes that config space holds (PCIe 6.0 §7.8.6.3). */
import type { ConfigSpace } from '../pci/config-space.ts';
import { findCapability } from '../pci/find-capability.ts';
import { walkExtended } from '../pci/walk.ts';
import {
  PCI_EXT_CAP_ID_REBAR,
  PCI_REBAR_CTRL,
  PCI_REBAR_CTRL_BAR_IDX,
  PCI_REBAR_CTRL_BAR_SHIFT,
  PCI_REBAR_CTRL_NBAR_MASK,
  PCI_REBAR_CTRL_NBAR_SHIFT,
  PCI_STD_NUM_BARS,
} from '../spec/pci-regs.ts';
import { LARGEST_REBAR, REBAR_ENTRY_SIZE, REBAR_SIZE, REBAR_SMALLEST_LOG2 } from '../spec/pcie.ts';

const NONE: ReadonlyMap<number, bigint> = new Map();

/** Bytes by BAR; none where a control register is not known, or two speak of the same BAR. */
export function resizableSizes(config: ConfigSpace): ReadonlyMap<number, bigint> {
  const found = findCapability(walkExtended(config).capabilities, 'extended', PCI_EXT_CAP_ID_REBAR);
  const first = found === undefined ? undefined : config.read(found.offset + PCI_REBAR_CTRL, 4);
  if (found === undefined || first === undefined) return NONE;
  const sizes = new Map<number, bigint>();
  for (let i = 0; i < Math.min((first & PCI_REBAR_CTRL_NBAR_MASK) >> PCI_REBAR_CTRL_NBAR_SHIFT, PCI_STD_NUM_BARS); i++) {
    const control = config.read(found.offset + PCI_REBAR_CTRL + REBAR_ENTRY_SIZE * i, 4);
    if (control === undefined) return NONE;
    const [bar, exponent] = [control & PCI_REBAR_CTRL_BAR_IDX, (control & REBAR_SIZE) >> PCI_REBAR_CTRL_BAR_SHIFT];
    if (exponent > LARGEST_REBAR || bar >= PCI_STD_NUM_BARS || sizes.has(bar)) return NONE;
    sizes.set(bar, 1n << BigInt(REBAR_SMALLEST_LOG2 + exponent));
  }
  return sizes;
}
