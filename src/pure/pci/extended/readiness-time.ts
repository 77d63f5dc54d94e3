/** Readiness Time Reporting, ID 0022h (PCIe 6.0 §7.9.16). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

// Each time is value times 32 to the power of scale, in nanoseconds.
export const readinessTime = extendedCapability({
  id: 0x22,
  name: 'RTR',
  title: 'Readiness Time Reporting',
  length: 12,
  privatePlaces: 'nothing',
  registers: {
    readinessTime1: reg32(0x04, {
      resetTimeValue: bits(0, 8),
      resetTimeScale: bits(9, 11),
      dlUpTimeValue: bits(12, 20),
      dlUpTimeScale: bits(21, 23),
      valid: bit(31),
    }),
    readinessTime2: reg32(0x08, {
      flrTimeValue: bits(0, 8),
      flrTimeScale: bits(9, 11),
      d3hotToD0TimeValue: bits(12, 20),
      d3hotToD0TimeScale: bits(21, 23),
    }),
  },
});
