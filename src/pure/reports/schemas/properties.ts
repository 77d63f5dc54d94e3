/** What `airlock properties` prints. */
import * as v from 'valibot';
import { PROPERTIES_SCHEMA_VERSION } from '../versions.ts';
import { flag, type Json, list, orNull, part, schemaVersion, text } from './values.ts';

const property = v.object({
  name: text('name of the property'),
  type: text('as -device DRIVER,help prints it'),
  takes: text('the values in words, as they stand after "takes"'),
  values: orNull(v.array(v.string()), 'each value, where they are a few words; null where they are not'),
  default: orNull(v.string(), 'as an option spells it; null where there is none'),
  help: text('what it does, in one line; empty for what nobody can set'),
  versions: v.pipe(
    v.record(v.string(), v.picklist(['there', 'absent', 'unknown'])),
    v.description('by version of the VMM whether it has the property; unknown where there is no table'),
  ),
  defaults: v.pipe(
    v.record(v.string(), v.string()),
    v.description('by version of the VMM that has it the default, as an option spells it; empty for none'),
  ),
  view: part(
    {
      changesView: flag('whether some value changes what the guest sees, what a migration compares or how the realize ends'),
      text: text('one sentence without a full stop'),
    },
    'what it does to the view of a guest',
  ),
  rows: list(
    v.object({
      driver: text('the type that the row names'),
      value: text('the value, as the row spells it'),
      machines: list(v.string(), 'machine types on which the row is the last word'),
      own: flag("whether the row is the profile's own: QEMU as released has none"),
    }),
    'compat rows that set it',
  ),
});

export const propertiesDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(PROPERTIES_SCHEMA_VERSION),
    profile: text('name of the profile whose properties these are'),
    driver: text('the device that has them, such as vfio-pci'),
    properties: list(property, 'by name'),
  }),
  v.title('airlock properties --json'),
  v.description('The properties of a device: type, values, default, what each does and which machine types set it.'),
);
/** The JSON of `airlock properties`. */
export type PropertiesJson = Json<typeof propertiesDocument>;
