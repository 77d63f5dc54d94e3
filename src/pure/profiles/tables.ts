/** The tables of all profiles by name, one line each, without the rules: what only lists or completes needs no more. */
import { nearestNames } from '../text/nearest-names.ts';
import { airlockTables } from './airlock/tables.ts';
import { cloudHypervisor53Tables } from './cloud-hypervisor-53/tables.ts';
import type { ProfileTables } from './profile-tables.ts';
import { qemu10_0Tables } from './qemu-10.0/tables.ts';
import { qemu11_1Tables } from './qemu-11.1/tables.ts';

export type { ProfileTables } from './profile-tables.ts';

/** The tables of every profile by its name. */
export const PROFILE_TABLES = {
  airlock: airlockTables,
  'qemu-11.1': qemu11_1Tables,
  'qemu-10.0': qemu10_0Tables,
  'cloud-hypervisor-53': cloudHypervisor53Tables,
} as const satisfies Readonly<Record<string, ProfileTables>>;

/** The name of a profile that has tables here, and so of every profile. */
export type TablesName = keyof typeof PROFILE_TABLES;

/** The name of the profile where nothing is said. */
export const DEFAULT_PROFILE_NAME: TablesName = 'airlock';

/** Whether there are tables of a profile of this name. */
export function hasTables(name: string): name is TablesName {
  return Object.hasOwn(PROFILE_TABLES, name);
}

/** The tables of the profile of a name. RangeError where there is none. */
export function findTables(name: string): ProfileTables {
  return PROFILE_TABLES[tablesName(name)];
}

/** The name, which is a profile's. RangeError where there is none. */
export function tablesName(name: string): TablesName {
  if (hasTables(name)) return name;
  const names = Object.keys(PROFILE_TABLES);
  const [nearest] = nearestNames(name, names);
  const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  throw new RangeError(`there is no profile "${name}": wanted ${names.join(', ')}${meant}`);
}
