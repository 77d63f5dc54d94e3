/** Registers that the Physical Layer capabilities of 16.0, 32.0 and 64.0 GT/s share (PCIe 6.0 §7.7.5 to §7.7.7). */
import { bit, bits } from '../../bytes/bits.ts';
import { list, reg8 } from '../../bytes/layout.ts';

/** Bits 0 to 4 of the status register of each speed. */
export const EQUALIZATION_STATUS = {
  equalizationComplete: bit(0),
  phase1Successful: bit(1),
  phase2Successful: bit(2),
  phase3Successful: bit(3),
  linkEqualizationRequest: bit(4),
};

/** One byte for each lane: the transmitter presets (Pn by its number) that the two ports start with. */
export function lanePresets(at: number, lanes: number) {
  return list(at, 1, () => lanes, reg8(0, { downstreamPortTransmitterPreset: bits(0, 3), upstreamPortTransmitterPreset: bits(4, 7) }));
}
