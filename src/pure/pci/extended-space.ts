/** Whether a function has extended config space: the one home of what says so, for all who decode, judge or show its bytes. */
import { PCI_CAP_ID_EXP, PCI_CAP_ID_PCIX, PCI_X_STATUS, PCI_X_STATUS_266MHZ, PCI_X_STATUS_533MHZ } from '../spec/pci-regs.ts';
import type { ConfigSpace } from './config-space.ts';
import { type CapabilityRef, walkStandard } from './walk.ts';

/** A function of mode 2, which has extended space (PCI-X 2.0 §7.2.4). */
const MODE_2 = PCI_X_STATUS_266MHZ | PCI_X_STATUS_533MHZ;

/** Whether a capability is one of those behind which bytes from 100h up are extended config space where there are any (PCI-X 2.0 §7.1). */
export function mayAnnounceExtended({ kind, id }: Pick<CapabilityRef, 'kind' | 'id'>): boolean {
  return kind === 'standard' && (id === PCI_CAP_ID_EXP || id === PCI_CAP_ID_PCIX);
}

/** Whether a capability says that its function has such bytes, or may say so in a register that is not known. */
export function announcesExtended(config: ConfigSpace, capability: CapabilityRef): boolean {
  if (!mayAnnounceExtended(capability)) return false;
  if (capability.id === PCI_CAP_ID_EXP) return true;
  return ((config.read(capability.offset + PCI_X_STATUS, 4) ?? MODE_2) & MODE_2) !== 0;
}

/**
 * Whether the function's bytes from 100h up are extended config space: it is a PCI Express or PCI-X function. Behind any other function
 * those bytes may be an echo of the first 256.
 */
export function hasExtendedSpace(config: ConfigSpace): boolean {
  return walkStandard(config).capabilities.some(mayAnnounceExtended);
}
