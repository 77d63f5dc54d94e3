/** Native PCIe Enclosure Management, ID 0029h (PCIe 6.0 §7.9.19). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_NPEM } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** The indications, at the same bits in what is supported and what is shown. */
const INDICATIONS = {
  ok: bit(2),
  locate: bit(3),
  fail: bit(4),
  rebuild: bit(5),
  predictedFailureAnalysis: bit(6),
  hotSpare: bit(7),
  inCriticalArray: bit(8),
  inFailedArray: bit(9),
  invalidDeviceType: bit(10),
  disabled: bit(11),
  enclosureSpecific: bits(24, 31),
};

export const npem = extendedCapability({
  id: PCI_EXT_CAP_ID_NPEM,
  name: 'NPEM',
  title: 'Native PCIe Enclosure Management',
  length: 16,
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(0x04, { npemCapable: bit(0), resetCapable: bit(1), ...INDICATIONS }),
    control: reg32(0x08, { enable: bit(0), initiateReset: bit(1), ...INDICATIONS }),
    status: reg32(0x0c, { commandCompleted: bit(0), enclosureSpecific: bits(24, 31) }),
  },
});
