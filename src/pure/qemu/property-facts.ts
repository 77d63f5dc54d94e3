/** All that the tables say of a property: type, default, which QEMU has it, which machine types set it. */
import type { CompatRow } from './compat-row.ts';
import { machineTypes } from './machine-types.ts';
import type { PropertyDeclaration } from './property-declarations.ts';
import { type PropertySystem, propertyTable } from './property-system.ts';
import type { PropertyTable } from './property-table.ts';

/** What the table of one version says; `unknown` where it does not hold the driver. */
export type Presence = 'there' | 'absent' | 'unknown';

/** One value that compat rows give a property. */
export interface RowFacts {
  /** As the row spells it. */
  readonly value: string;
  /** The type that the row names: the driver or a type that it derives from. */
  readonly driver: string;
  /** The machine types on which the row is the last word, in the order of the table. */
  readonly machines: readonly string[];
  /** Whether the row is the profile's own: QEMU as released has none. */
  readonly isOwn: boolean;
}

/** A property with all that the tables say of it. */
export interface PropertyFacts extends PropertyDeclaration {
  readonly driver: string;
  /** Whose property it is: `QEMU`. */
  readonly vmm: string;
  /** By version of the VMM, oldest first. */
  readonly presence: Readonly<Record<string, Presence>>;
  /** Defaults by version, as options spell them, empty for none; only versions that have the property. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly rows: readonly RowFacts[];
}

function rowsOf(driver: string, name: string, profile: PropertySystem): RowFacts[] {
  const { ancestors } = propertyTable(profile).of(driver);
  const reaches = (row: CompatRow) => row.property === name && ancestors.includes(row.driver);
  const found = new Map<string, { row: CompatRow; machines: string[] }>();
  for (const machine of machineTypes(profile)) {
    const row = machine.rows.findLast(reaches);
    if (row === undefined) continue;
    const key = `${row.driver} ${row.value}`;
    const known = found.get(key) ?? { row, machines: [] };
    known.machines.push(machine.name);
    found.set(key, known);
  }
  const isOwn = (row: CompatRow) => profile.machines?.addedRows.some(added => added.row === row) === true;
  return [...found.values()].map(({ row, machines }) => ({ value: row.value, driver: row.driver, machines, isOwn: isOwn(row) }));
}

/** What a table says of a property: null where it does not hold the driver. */
function declarationIn(table: PropertyTable, driver: string, name: string): PropertyDeclaration | undefined | null {
  return table.drivers.includes(driver) ? table.of(driver).declarations.get(name) : null;
}

/** The facts of one declared property. */
function factsOf(driver: string, declaration: PropertyDeclaration, profile: PropertySystem): PropertyFacts {
  const { name } = declaration;
  const presence: Record<string, Presence> = {};
  const defaults: Record<string, string> = {};
  const { vmm, versions } = propertyTable(profile);
  for (const table of versions()) {
    const other = declarationIn(table, driver, name);
    presence[table.version] = other === null ? 'unknown' : other === undefined ? 'absent' : 'there';
    if (other) defaults[table.version] = other.type.format(other.default);
  }
  return { ...declaration, driver, vmm, presence, defaults, rows: rowsOf(driver, name, profile) };
}

/**
 * Every property of `driver` that the profile has, in name order.
 *
 * @throws RangeError where the profile's table does not hold the driver, or the profile has no table
 * @example
 * ```ts
 * import { PROFILES } from 'vfio-airlock/guest-view';
 * import { propertyFacts } from 'vfio-airlock/machine';
 *
 * const ats = propertyFacts('vfio-pci', PROFILES.airlock).find(({ name }) => name === 'ats');
 * ats?.presence; // → { '10.0': 'absent', '11.1': 'there' }
 * ats?.defaults; // → { '11.1': 'auto' }
 * ```
 */
export function propertyFacts(driver: string, profile: PropertySystem): PropertyFacts[] {
  return [...propertyTable(profile).of(driver).declarations.values()].map(declaration => factsOf(driver, declaration, profile));
}
