/** The text of MSI-X. */
import { msix } from '../../../pci/capabilities/msi-x.ts';
import { renderer, sign } from '../renderer.ts';

const formatLocation = (of: { bar: number; offset: number }) => `BAR=${of.bar} offset=${of.offset.toString(16).padStart(8, '0')}`;

export const msixText = renderer(msix, ({ control, table, pendingBits }) => ({
  title: `MSI-X: Enable${sign(control.enable)} Count=${control.tableSize} Masked${sign(control.functionMask)}`,
  lines: [`Vector table: ${formatLocation(table)}`, `PBA: ${formatLocation(pendingBits)}`],
}));
