/** What `airlock properties` prints. */
import * as v from 'valibot';
import { PROPERTIES_SCHEMA_VERSION } from '../versions.ts';
import { flag, type Json, schemaVersion, text } from './values.ts';

const property = v.object({
  name: text('name of the property'),
  type: text('as -device DRIVER,help prints it'),
  takes: text('the values in words, as they stand after "takes"'),
  values: v.pipe(v.nullable(v.array(v.string())), v.description('each value, where they are a few words; null where they are not')),
  default: v.pipe(v.nullable(v.string()), v.description('as an option spells it; null where there is none')),
  help: text('what it does, in one line; empty for what nobody can set'),
  versions: v.pipe(
    v.record(v.string(), v.picklist(['there', 'absent', 'unknown'])),
    v.description('by version of the VMM whether it has the property; unknown where there is no table'),
  ),
  defaults: v.pipe(
    v.record(v.string(), v.string()),
    v.description('by version of the VMM that has it the default, as an option spells it; empty for none'),
  ),
  view: v.object({
    changesView: flag('whether some value changes what the guest sees, what a migration compares or how the realize ends'),
    text: text('one sentence without a full stop'),
  }),
  rows: v.pipe(
    v.array(
      v.object({
        driver: text('the type that the row names'),
        value: text('the value, as the row spells it'),
        machines: v.pipe(v.array(v.string()), v.description('machine types on which the row is the last word')),
        own: flag("whether the row is the profile's own: QEMU as released has none"),
      }),
    ),
    v.description('compat rows that set it'),
  ),
});

export const propertiesDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(PROPERTIES_SCHEMA_VERSION),
    profile: text('name of the profile whose properties these are'),
    driver: text('the device that has them, such as vfio-pci'),
    properties: v.pipe(v.array(property), v.description('by name')),
  }),
  v.title('airlock properties --json'),
  v.description('The properties of a device: type, values, default, what each does and which machine types set it.'),
);
export type PropertiesJson = Json<typeof propertiesDocument>;
