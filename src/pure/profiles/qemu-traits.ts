/** Traits that QEMU has in every version that there is a profile of. */
import type { Placement } from '../rules/realize-input.ts';
import type { ProfileTraits } from './profile.ts';

/** Where a device stands in QEMU's machines. */
export const QEMU_PLACEMENTS: readonly [Placement, ...Placement[]] = ['root-port', 'root-complex', 'conventional-bridge', 'conventional'];

export const QEMU_TRAITS: Omit<ProfileTraits, 'pasidSummary'> = {
  hiddenBytes: 'readable',
  followsKernel: true,
  answersCapabilities: true,
  leavesLoosePointers: true,
  staysInside: false,
  guestEnablesRom: true,
  comparesToMigrate: true,
  noAtomics: null,
  placements: QEMU_PLACEMENTS,
  attachWording: 'qemu',
};
