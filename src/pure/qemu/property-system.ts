/** A property system: the tables that say which properties and machine types there are. Every VMM profile is one. */
import type { MachineSystem } from './machine-types.ts';
import type { PropertyTable } from './property-table.ts';

/** What the property functions ask of a profile: its machine types and its table. */
export interface PropertySystem extends MachineSystem {
  /** null where a device has no properties. */
  readonly properties: PropertyTable | null;
}

/** The table of its properties. RangeError where it has none. */
export function propertyTable({ name, properties }: Omit<PropertySystem, 'machines'>): PropertyTable {
  if (properties === null) throw new RangeError(`profile ${name} has no properties`);
  return properties;
}
