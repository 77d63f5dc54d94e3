/** The text of Address Translation Services. */
import { hexDigits } from '../../../bytes/hex.ts';
import { ats } from '../../../pci/extended/ats.ts';
import { renderer, sign } from '../renderer.ts';

export const atsText = renderer(ats, ({ capability, control }) => ({
  title: 'Address Translation Service (ATS)',
  lines: [
    // lspci prints the coded depth: 00 for 32.
    `ATSCap:\tInvalidate Queue Depth: ${hexDigits(capability.invalidateQueueDepth & 31, 2)}`,
    `ATSCtl:\tEnable${sign(control.enable)}, Smallest Translation Unit: ${hexDigits(control.smallestTranslationUnit, 2)}`,
  ],
}));
