/** The JSON of `properties`: each with its type, default, presence and compat rows. */
import type { PropertyFacts } from '../qemu/property-facts.ts';
import type { PropertiesJson } from './schemas/properties.ts';
import { PROPERTIES_SCHEMA_VERSION } from './versions.ts';

function propertyJson({
  name,
  declaredType,
  type,
  help,
  effect,
  presence,
  defaults,
  default: value,
  rows,
}: PropertyFacts): PropertiesJson['properties'][number] {
  return {
    name,
    type: declaredType,
    takes: type.takes,
    values: type.words ?? null,
    default: value === null ? null : type.format(value),
    help,
    versions: presence,
    defaults,
    view: effect,
    rows: rows.map(({ value, driver, machines, isOwn }) => ({ driver, value, machines, own: isOwn })),
  };
}

/** The document that `airlock properties --json` prints. */
export function propertiesJson(driver: string, profile: string, all: readonly PropertyFacts[]): PropertiesJson {
  return { schemaVersion: PROPERTIES_SCHEMA_VERSION, profile, driver, properties: all.map(propertyJson) };
}
