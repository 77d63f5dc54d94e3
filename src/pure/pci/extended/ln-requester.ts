/** LN Requester, ID 001Ch (PCIe 5.0 §7.9.14; withdrawn in 6.0). */
import { bit, bits, choice } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const lnRequester = extendedCapability({
  id: 0x1c,
  name: 'LNR',
  title: 'LN Requester',
  length: 8,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(0x04, {
      lines64Supported: bit(0),
      lines128Supported: bit(1),
      // The function can hold 1 << n registrations.
      registrationMax: bits(8, 12),
    }),
    control: reg16(0x06, {
      enable: bit(0),
      cacheLineSize: choice(1, 1, { 0: '64 bytes', 1: '128 bytes' }),
      registrationLimit: bits(8, 12),
    }),
  },
});
