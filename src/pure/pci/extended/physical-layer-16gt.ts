/** Physical Layer 16.0 GT/s, ID 0026h (PCIe 6.0 §7.7.5). */
import { reg32, reserved, u32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PL_16GT } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { EQUALIZATION_STATUS, lanePresets } from './equalization.ts';
import { laneCapability } from './lanes.ts';

export const physicalLayer16For = laneCapability(lanes =>
  extendedCapability({
    id: PCI_EXT_CAP_ID_PL_16GT,
    name: 'Physical Layer 16GT',
    title: 'Physical Layer 16.0 GT/s',
    length: 'to-next',
    privatePlaces: 'nothing',
    registers: {
      capabilities: reserved(0x04, 4),
      control: reserved(0x08, 4),
      status: reg32(0x0c, EQUALIZATION_STATUS),
      // Bit n: lane n.
      localDataParityMismatch: u32(0x10),
      firstRetimerDataParityMismatch: u32(0x14),
      secondRetimerDataParityMismatch: u32(0x18),
      reserved1c: reserved(0x1c, 4),
      lanes: lanePresets(0x20, lanes),
    },
  }),
);
