/** The text of a vendor-specific extended capability. lspci names none of them. */
import { hexDigits } from '../../../bytes/hex.ts';
import { vendorSpecificExtended } from '../../../pci/extended/vendor-specific.ts';
import { renderer } from '../renderer.ts';

export const vendorSpecificExtendedText = renderer(vendorSpecificExtended, ({ header }) => ({
  title: `Vendor Specific Information: ID=${hexDigits(header.id, 4)} Rev=${header.revision} Len=${hexDigits(header.length, 3)} <?>`,
  lines: [],
}));
