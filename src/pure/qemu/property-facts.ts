/** All that the tables say of a property: type, default, which QEMU has it, which machine types set it. */
import { airlockRows, type CompatRow } from './airlock-rows.ts';
import type { DriverName, QemuVersion } from './generated-table.ts';
import { type MachineProfile, machineTypes, qemuVersionOf } from './machine-types.ts';
import { driverAncestors, knownDrivers, type PropertyDeclaration, propertyDeclarations } from './property-declarations.ts';

/** The versions whose tables there are, oldest first. */
export const QEMU_VERSIONS: readonly QemuVersion[] = ['10.0', '11.1'];

/** What the table of one version says: `unknown` where there is none of the driver. */
export type Presence = 'there' | 'absent' | 'unknown';

/** One value that compat rows give a property. */
export interface RowFacts {
  /** As the row spells it. */
  readonly value: string;
  /** The type that the row names: the driver or what it is a kind of. */
  readonly driver: string;
  /** The machine types on which the row is the last word, in the order of the table. */
  readonly machines: readonly string[];
  /** Whether the row is the profile's own: QEMU as released has none. */
  readonly isOwn: boolean;
}

export interface PropertyFacts extends PropertyDeclaration {
  readonly driver: DriverName;
  /** By version, oldest first. */
  readonly presence: Readonly<Record<QemuVersion, Presence>>;
  /** Defaults by version, as options spell them, empty for none; only versions that have the property. */
  readonly defaults: Readonly<Partial<Record<QemuVersion, string>>>;
  readonly rows: readonly RowFacts[];
}

function declarationIn(driver: DriverName, name: string, version: QemuVersion): PropertyDeclaration | undefined {
  return knownDrivers(version).includes(driver) ? propertyDeclarations(driver, version).get(name) : undefined;
}

function rowsOf(driver: DriverName, name: string, profile: MachineProfile): RowFacts[] {
  const isSelf = driverAncestors(driver, qemuVersionOf(profile));
  const reaches = (row: CompatRow) => row.property === name && isSelf.includes(row.driver);
  const found = new Map<string, { row: CompatRow; machines: string[] }>();
  for (const machine of machineTypes(profile)) {
    const row = machine.rows.findLast(reaches);
    if (row === undefined) continue;
    const key = `${row.driver} ${row.value}`;
    const known = found.get(key) ?? { row, machines: [] };
    known.machines.push(machine.name);
    found.set(key, known);
  }
  const isOwn = (row: CompatRow) => profile === 'airlock' && airlockRows.some(own => own.row === row);
  return [...found.values()].map(({ row, machines }) => ({ value: row.value, driver: row.driver, machines, isOwn: isOwn(row) }));
}

/** The facts of one declared property. */
function factsOf(driver: DriverName, declaration: PropertyDeclaration, profile: MachineProfile): PropertyFacts {
  const { name } = declaration;
  const presence = { '10.0': 'unknown', '11.1': 'unknown' } as Record<QemuVersion, Presence>;
  const defaults: Partial<Record<QemuVersion, string>> = {};
  for (const version of QEMU_VERSIONS) {
    const other = declarationIn(driver, name, version);
    if (knownDrivers(version).includes(driver)) presence[version] = other === undefined ? 'absent' : 'there';
    if (other !== undefined) defaults[version] = other.type.format(other.default);
  }
  return { ...declaration, driver, presence, defaults, rows: rowsOf(driver, name, profile) };
}

/**
 * Every property of `driver` that the profile's QEMU has, in name order. RangeError where its tables do not hold the driver.
 *
 * @example propertyFacts('vfio-pci', 'airlock').find(({ name }) => name === 'ats')?.defaults // { '11.1': 'auto' }
 */
export function propertyFacts(driver: DriverName, profile: MachineProfile): PropertyFacts[] {
  return [...propertyDeclarations(driver, qemuVersionOf(profile)).values()].map(declaration => factsOf(driver, declaration, profile));
}
