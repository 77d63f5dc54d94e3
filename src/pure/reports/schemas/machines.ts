/** What `airlock machines` prints. */
import * as v from 'valibot';
import { MACHINES_SCHEMA_VERSION } from '../versions.ts';
import { flag, type Json, list, schemaVersion, text } from './values.ts';

const row = v.object({
  driver: text('the type of devices that the row reaches'),
  property: text('name of the property'),
  value: text('the value, as an option spells it'),
});

const machine = v.object({
  name: text('full name, such as pc-q35-11.0'),
  family: text('name without the version'),
  version: text('the version of QEMU that it stands for'),
  alias: v.exactOptional(text('short name, on the newest of a family alone')),
  deprecated: flag('whether QEMU calls it deprecated'),
  rows: list(row, 'compat rows in the order in which they apply: a later row wins'),
});

export const machinesDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(MACHINES_SCHEMA_VERSION),
    profile: text('name of the profile whose machine types these are'),
    machines: list(machine, 'newest first in each family'),
  }),
  v.title('airlock machines --json'),
  v.description('Machine types and the compat rows that they apply.'),
);
/** The JSON of `airlock machines`. */
export type MachinesJson = Json<typeof machinesDocument>;
