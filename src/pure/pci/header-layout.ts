/** Which layout the header of a function has (PCIe 6.0 §7.5.1.1.9). */
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_MASK } from '../spec/pci-regs.ts';
import type { ConfigSpace } from './config-space.ts';

/** 0 to 2, or a layout that no specification defines; null where it is not known. The multi-function bit of its register may not be known. */
export function headerLayout(config: ConfigSpace): number | null {
  if ((config.knownBits(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) !== PCI_HEADER_TYPE_MASK) return null;
  return config.readKnownBits(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;
}
