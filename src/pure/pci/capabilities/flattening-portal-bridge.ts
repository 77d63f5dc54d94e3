/** Flattening Portal Bridge, ID 15h (PCIe 6.0 §7.8.10). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32, reserved, u32 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const flatteningPortalBridge = standardCapability({
  id: 0x15,
  name: 'FPB',
  title: 'Flattening Portal Bridge',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    reserved: reserved(0x02, 2),
    // Vector sizes are coded: 256 << n bits for RID and MEM Low and High.
    capabilities: reg32(0x04, {
      ridDecode: bit(0),
      memLowDecode: bit(1),
      memHighDecode: bit(2),
      secondaryDevices: bits(3, 7),
      ridVectorSize: bits(8, 10),
      memLowVectorSize: bits(16, 18),
      memHighVectorSize: bits(24, 26),
    }),
    ridControl1: reg32(0x08, { enable: bit(0), granularity: bits(4, 7), start: bits(19, 31) }),
    ridControl2: reg32(0x0c, { secondaryStart: bits(3, 15) }),
    memLowControl: reg32(0x10, { enable: bit(0), granularity: bits(4, 7), start: bits(20, 31) }),
    memHighControl1: reg32(0x14, { enable: bit(0), granularity: bits(4, 7), startLower: bits(28, 31) }),
    memHighStartUpper: u32(0x18),
    vectorAccess: reg32(0x1c, { offset: bits(0, 7), select: bits(14, 15) }),
    vectorData: u32(0x20),
  },
});
