/** The text of Slot Identification. */
import { hexDigits } from '../../../bytes/hex.ts';
import { slotIdentification } from '../../../pci/capabilities/slot-identification.ts';
import { renderer, sign } from '../renderer.ts';

export const slotIdentificationText = renderer(slotIdentification, ({ expansionSlot: slot, chassisNumber }) => ({
  title: `Slot ID: ${slot.slotsProvided} slots, First${sign(slot.firstInChassis)}, chassis ${hexDigits(chassisNumber, 2)}`,
  lines: [],
}));
