/** The text of MSI-X. */
import { hexDigits } from '../../../bytes/hex.ts';
import { msix } from '../../../pci/capabilities/msi-x.ts';
import { renderer, sign } from '../renderer.ts';

const formatLocation = (of: { bar: number; offset: number }) => `BAR=${of.bar} offset=${hexDigits(of.offset, 8)}`;

export const msixText = renderer(msix, ({ control, table, pendingBits }) => ({
  title: `MSI-X: Enable${sign(control.enable)} Count=${control.tableSize} Masked${sign(control.functionMask)}`,
  lines: [`Vector table: ${formatLocation(table)}`, `PBA: ${formatLocation(pendingBits)}`],
}));
