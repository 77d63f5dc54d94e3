/** Physical Layer 64.0 GT/s, ID 0031h (PCIe 6.3 §7.7.7). */
import { bit } from '../../bytes/bits.ts';
import { reg32, reserved } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PL_64GT } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { EQUALIZATION_STATUS, lanePresets } from './equalization.ts';
import { laneCapability } from './lanes.ts';

export const physicalLayer64For = laneCapability(lanes =>
  extendedCapability({
    id: PCI_EXT_CAP_ID_PL_64GT,
    name: 'Physical Layer 64GT',
    title: 'Physical Layer 64.0 GT/s',
    length: 'to-next',
    privatePlaces: 'nothing',
    registers: {
      capabilities: reserved(0x04, 4),
      control: reserved(0x08, 4),
      status: reg32(0x0c, {
        ...EQUALIZATION_STATUS,
        transmitterPrecodingOn: bit(5),
        transmitterPrecodeRequest: bit(6),
        noEqualizationNeededReceived: bit(7),
      }),
      // Directly behind the status, unlike at 16.0 and 32.0 GT/s: there are no parity or Modified TS registers.
      lanes: lanePresets(0x10, lanes),
    },
  }),
);
