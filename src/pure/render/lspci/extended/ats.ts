/** The text of Address Translation Services. */
import { ats } from '../../../pci/extended/ats.ts';
import { renderer, sign } from '../renderer.ts';

export const atsText = renderer(ats, ({ capability, control }) => ({
  title: 'Address Translation Service (ATS)',
  lines: [
    // lspci prints the coded depth: 00 for 32.
    `ATSCap:\tInvalidate Queue Depth: ${(capability.invalidateQueueDepth & 31).toString(16).padStart(2, '0')}`,
    `ATSCtl:\tEnable${sign(control.enable)}, Smallest Translation Unit: ${control.smallestTranslationUnit.toString(16).padStart(2, '0')}`,
  ],
}));
