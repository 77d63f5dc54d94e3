/** Latency Tolerance Reporting, ID 0018h (PCIe 6.0 §7.8.2). */
import { bits } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_LTR, PCI_EXT_CAP_LTR_SIZEOF } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** Value times 32 to the power of scale, nanoseconds; scales 6 and 7 are not permitted. */
const LATENCY = { value: bits(0, 9), scale: bits(10, 12) };

export const ltr = extendedCapability({
  id: PCI_EXT_CAP_ID_LTR,
  name: 'LTR',
  title: 'Latency Tolerance Reporting',
  length: PCI_EXT_CAP_LTR_SIZEOF,
  privatePlaces: 'nothing',
  registers: { maxSnoop: reg16(0x04, LATENCY), maxNoSnoop: reg16(0x06, LATENCY) },
});
