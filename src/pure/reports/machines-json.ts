/** The JSON of `machines`: machine types with their compat rows. */
import type { MachineType } from '../qemu/index.ts';
import type { MachinesJson } from './schemas/machines.ts';
import { MACHINES_SCHEMA_VERSION } from './versions.ts';

/** The document that `airlock machines --json` prints. */
export function machinesJson(profile: string, machines: readonly MachineType[]): MachinesJson {
  return { schemaVersion: MACHINES_SCHEMA_VERSION, profile, machines };
}
