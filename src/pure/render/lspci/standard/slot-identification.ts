/** The text of Slot Identification. */
import { slotIdentification } from '../../../pci/capabilities/slot-identification.ts';
import { renderer, sign } from '../renderer.ts';

export const slotIdentificationText = renderer(slotIdentification, ({ expansionSlot: slot, chassisNumber }) => ({
  title: `Slot ID: ${slot.slotsProvided} slots, First${sign(slot.firstInChassis)}, chassis ${chassisNumber.toString(16).padStart(2, '0')}`,
  lines: [],
}));
