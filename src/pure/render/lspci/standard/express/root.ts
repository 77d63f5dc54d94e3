/** The lines about a PCI Express root: RootCap, RootCtl and RootSta. */
import { hexDigits } from '../../../../bytes/hex.ts';
import { formatFlags, sign } from '../../renderer.ts';
import type { Express } from './device.ts';

/** Empty for a function that is no root port and no event collector. */
export function formatRoot({ rootCapabilities, rootControl, rootStatus }: Express): string[] {
  if (rootCapabilities === undefined || rootControl === undefined || rootStatus === undefined) return [];
  const control = {
    ErrCorrectable: rootControl.systemErrorOnCorrectable,
    'ErrNon-Fatal': rootControl.systemErrorOnNonFatal,
    ErrFatal: rootControl.systemErrorOnFatal,
    PMEIntEna: rootControl.pmeInterrupt,
    CRSVisible: rootControl.crsSoftwareVisibility,
  };
  const requester = hexDigits(rootStatus.pmeRequesterId, 4);
  return [
    `RootCap: CRSVisible${sign(rootCapabilities.crsSoftwareVisibility)}`,
    `RootCtl: ${formatFlags(control)}`,
    `RootSta: PME ReqID ${requester}, ${formatFlags({ PMEStatus: rootStatus.pmeStatus, PMEPending: rootStatus.pmePending })}`,
  ];
}
