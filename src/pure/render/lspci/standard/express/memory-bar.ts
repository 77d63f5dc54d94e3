/** Whether a function has a memory BAR, as far as its header shows (PCI 3.0 §6.2.5.1). */
import type { ConfigSpace } from '../../../../pci/config-space.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
} from '../../../../spec/pci-regs.ts';
import { ALL_ONES, BAR_COUNTS } from '../../../../spec/pcie.ts';

/** True where a BAR is set and decodes memory. One of all ones does not answer; a 64-bit one needs another behind it. */
export function hasMemoryBar(config: ConfigSpace): boolean {
  const count = BAR_COUNTS[(config.read(PCI_HEADER_TYPE, 1) ?? 0) & PCI_HEADER_TYPE_MASK] ?? 1;
  for (let i = 0; i < count; i++) {
    const bar = config.read(PCI_BASE_ADDRESS_0 + 4 * i, 4) ?? 0;
    const isBroken = bar === ALL_ONES || ((bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64 && i === count - 1);
    if (bar !== 0 && !isBroken && (bar & PCI_BASE_ADDRESS_SPACE_IO) === 0) return true;
  }
  return false;
}
