/** How long an MSI capability is (PCI 3.0 §6.8.1). */

import { PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_MASKBIT } from '../../spec/pci-regs.ts';
import type { Registers } from './permission.ts';

/** 10 bytes, 4 more with a 64-bit address, 10 more with mask and pending bits. */
export function msiLength(registers: Registers): number {
  const control = registers.u16(PCI_MSI_FLAGS);
  return 10 + ((control & PCI_MSI_FLAGS_64BIT) === 0 ? 0 : 4) + ((control & PCI_MSI_FLAGS_MASKBIT) === 0 ? 0 : 10);
}
