/** Function Readiness Status Queueing, ID 0021h (PCIe 6.0 §7.8.10). */
import { bit, bits, choice } from '../../bytes/bits.ts';
import { reg16, reg32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const frsQueueing = extendedCapability({
  id: 0x21,
  name: 'FRS Queueing',
  title: 'Function Readiness Status Queueing',
  length: 16,
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(0x04, { queueMaxDepth: bits(0, 11), interruptMessageNumber: bits(16, 20) }),
    status: reg16(0x08, { messageReceived: bit(0), messageOverflow: bit(1) }),
    control: reg16(0x0a, { interruptEnable: bit(0) }),
    messageQueue: reg32(0x0c, {
      functionId: bits(0, 15),
      // PCIe 6.0 §2.2.8.6.4.
      reason: choice(16, 19, {
        1: 'DRS message received',
        2: 'D3hot to D0 transition completed',
        3: 'FLR completed',
        8: 'VF enabled',
        9: 'VF disabled',
      }),
    }),
  },
});
