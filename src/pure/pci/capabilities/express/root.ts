/** Root registers of PCI Express (PCIe 6.0 §7.5.3.12 to §7.5.3.14). */
import { bit, bits } from '../../../bytes/bits.ts';
import { reg16, reg32 } from '../../../bytes/layout.ts';
import { PCI_EXP_RTCTL } from '../../../spec/pci-regs.ts';

export const rootControl = reg16(PCI_EXP_RTCTL, {
  systemErrorOnCorrectable: bit(0),
  systemErrorOnNonFatal: bit(1),
  systemErrorOnFatal: bit(2),
  pmeInterrupt: bit(3),
  // Configuration Request Retry Status, renamed RRS by PCIe 6.0.
  crsSoftwareVisibility: bit(4),
  noNonFlitModeBelow: bit(5),
});

export const rootCapabilities = reg16(0x1e, { crsSoftwareVisibility: bit(0) });

export const rootStatus = reg32(0x20, { pmeRequesterId: bits(0, 15), pmeStatus: bit(16), pmePending: bit(17) });
