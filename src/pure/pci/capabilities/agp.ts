/** Accelerated Graphics Port, ID 02h (AGP 3.0 §5.4; AGP 2.0 §6.1). */
import { bit, bits, mapped } from '../../bytes/bits.ts';
import { reg8, reg32, reserved } from '../../bytes/layout.ts';
import { PCI_AGP_SIZEOF, PCI_CAP_ID_AGP } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

/** Requests in the queue: the register holds one less. */
const requestQueueDepth = mapped(
  24,
  31,
  raw => raw + 1,
  depth => depth - 1,
);

export const agp = standardCapability({
  id: PCI_CAP_ID_AGP,
  name: 'AGP',
  title: 'Accelerated Graphics Port',
  length: PCI_AGP_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    revision: reg8(0x02, { minor: bits(0, 3), major: bits(4, 7) }),
    reserved: reserved(0x03, 1),
    status: reg32(0x04, {
      // One bit each: x1, x2, x4, and x4, x8 where agp3Mode is set.
      rates: bits(0, 2),
      agp3Mode: bit(3),
      fastWrites: bit(4),
      addressing64: bit(5),
      hostTranslationDisabled: bit(6),
      gart64: bit(7),
      coherentAccesses: bit(8),
      sideBandAddressing: bit(9),
      calibrationCycle: bits(10, 12),
      asyncRequestSize: bits(13, 15),
      isochronous: bit(16),
      requestQueueDepth,
    }),
    command: reg32(0x08, {
      rate: bits(0, 2),
      fastWriteEnable: bit(4),
      addressing64Enable: bit(5),
      gart64Enable: bit(7),
      agpEnable: bit(8),
      sideBandEnable: bit(9),
      calibrationCycle: bits(10, 12),
      asyncRequestSize: bits(13, 15),
      requestQueueDepth,
    }),
  },
});
