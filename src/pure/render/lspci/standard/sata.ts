/** The text of SATA Data/Index Configuration. */
import { hexDigits } from '../../../bytes/hex.ts';
import { sata } from '../../../pci/capabilities/sata.ts';
import { PCI_SATA_REGS_INLINE } from '../../../spec/pci-regs.ts';
import { renderer } from '../renderer.ts';

/** Codes 4 to 9 are the BARs at 10h to 24h. */
const FIRST_BAR = 4;
const LAST_BAR = 9;

function formatLocation({ barLocation, offset }: { barLocation: number; offset: number }): string {
  if (barLocation === PCI_SATA_REGS_INLINE) return 'InCfgSpace';
  if (barLocation < FIRST_BAR || barLocation > LAST_BAR) return `BAR??${barLocation}`;
  // As the register has it: in dwords.
  return `BAR${barLocation - FIRST_BAR} Offset=${hexDigits(offset / 4, 8)}`;
}

export const sataText = renderer(sata, ({ revision, location }) => ({
  title: `SATA HBA v${revision.major}.${revision.minor} ${formatLocation(location)}`,
  lines: [],
}));
