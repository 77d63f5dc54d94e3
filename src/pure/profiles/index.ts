/** VMM profiles by name, one line each. CONTRIBUTING.md has the recipe for a new one. */
import { airlock } from './airlock/index.ts';
import { cloudHypervisor53 } from './cloud-hypervisor-53/index.ts';
import type { Profile } from './profile.ts';
import { qemu10_0 } from './qemu-10.0/index.ts';
import { qemu11_1 } from './qemu-11.1/index.ts';
import { DEFAULT_PROFILE_NAME, type TablesName, tablesName } from './tables.ts';

export { type OwnProperties, ownProperties } from './own-properties.ts';
export { type AttachWording, makeProfile, type Profile, type ProfileParts, type ProfileTraits, type ViewedProfile } from './profile.ts';
export type { ProfileTables } from './tables.ts';

/** Every profile by its name. */
export const PROFILES = {
  airlock,
  'qemu-11.1': qemu11_1,
  'qemu-10.0': qemu10_0,
  'cloud-hypervisor-53': cloudHypervisor53,
} as const satisfies Readonly<Record<TablesName, Profile>>;

/** The name of a profile, as a user types it. */
export type ProfileName = keyof typeof PROFILES;

/** The profile where nothing is said. */
export const DEFAULT_PROFILE: Profile = PROFILES[DEFAULT_PROFILE_NAME];

/** Whether there is a profile of this name. */
export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

/**
 * The profile of a name.
 *
 * @throws RangeError where there is none
 * @example
 * ```ts
 * import { findProfile } from 'vfio-airlock/guest-view';
 *
 * findProfile('qemu-11.1').traits.hiddenBytes; // → 'readable'
 * findProfile('qemu-1'); // → throws RangeError
 * ```
 */
export function findProfile(name: string): Profile {
  return PROFILES[tablesName(name)];
}
