/** The properties of a device: the generated table of one QEMU, each row with the type that parses its values. */
import * as tables11_1 from './generated/property-tables.ts';
import * as tables10_0 from './generated/property-tables-10.0.ts';
import type { DriverName, PropertyRow, QemuVersion } from './generated-table.ts';
import { type PropertyEffect, propertyEffect } from './property-effects.ts';
import { propertyHelp } from './property-help.ts';
import type { PropertyType, PropertyValue } from './property-type.ts';
import { rangedInteger, uint8, uint64 } from './property-types/integer.ts';
import { pciHostAddress, pciSlotAddress } from './property-types/pci-address.ts';
import { size } from './property-types/size.ts';
import { readOnlyType, textType, uuid } from './property-types/text.ts';
import { typeNamed } from './property-types/type-named.ts';

/** A property that a device has: its type, its default and what it does. */
export interface PropertyDeclaration {
  readonly name: string;
  /** The property of QEMU's vfio-pci that means the same, where that has another name. */
  readonly means?: string;
  readonly type: PropertyType;
  /** QEMU's name of the type, as `-device DRIVER,help` prints it; often `str` where `type` has a name of ours. */
  readonly declaredType: string;
  /** Null where the device has no default. */
  readonly default: PropertyValue;
  /** What it does and its values, in one line; empty only for properties that every device has and nobody can set. */
  readonly help: string;
  /** What it does to the guest's view. */
  readonly effect: PropertyEffect;
}

/** Properties whose parser or range is their own, where QEMU's type name says only `str` or `uint8`. */
const typesByProperty: ReadonlyMap<string, PropertyType> = new Map([
  ['addr', pciSlotAddress],
  ['busnr', readOnlyType('busnr')],
  ['host', pciHostAddress],
  ['vf-token', uuid],
  ['x-nv-gpudirect-clique', rangedInteger(uint8, 0, 15)],
]);

/** Names that every device has but nobody can set, so that QEMU does not list them. */
const readOnlyRows: readonly PropertyDeclaration[] = ['hotpluggable', 'hotplugged', 'parent_bus', 'type'].map(name => ({
  name,
  type: readOnlyType('read-only'),
  declaredType: 'read-only',
  default: null,
  help: '',
  effect: { changesView: false, text: 'cannot be set' },
}));

type DriverTables = Readonly<Partial<Record<DriverName, readonly PropertyRow[]>>>;

/** What a version says of the drivers that every version's tables hold. */
function sharedTables(version: typeof tables11_1 | typeof tables10_0) {
  return {
    'vfio-pci': version.vfioPciProperties,
    'vfio-pci-nohotplug': [...version.vfioPciProperties, ...version.vfioPciNohotplugProperties],
    'intel-iommu': version.intelIommuProperties,
    'amd-iommu': version.amdIommuProperties,
    'virtio-iommu-pci': version.virtioIommuPciProperties,
  } satisfies DriverTables;
}

const tables: Readonly<Record<QemuVersion, DriverTables>> = {
  '11.1': {
    ...sharedTables(tables11_1),
    'vfio-user-pci': tables11_1.vfioUserPciProperties,
    'arm-smmuv3': tables11_1.armSmmuv3Properties,
  },
  '10.0': sharedTables(tables10_0),
};

const ancestors: Readonly<Record<QemuVersion, Readonly<Partial<Record<DriverName, readonly string[]>>>>> = {
  '11.1': tables11_1.driverAncestors,
  '10.0': tables10_0.driverAncestors,
};

/** The drivers of each version's tables, that which a host's device is assigned as first. */
const drivers = {
  '11.1': ['vfio-pci', 'vfio-pci-nohotplug', 'vfio-user-pci', 'arm-smmuv3', 'intel-iommu', 'amd-iommu', 'virtio-iommu-pci'],
  '10.0': ['vfio-pci', 'vfio-pci-nohotplug', 'intel-iommu', 'amd-iommu', 'virtio-iommu-pci'],
} as const satisfies Record<QemuVersion, readonly DriverName[]>;

function noTable(driver: DriverName, version: QemuVersion): RangeError {
  return new RangeError(`there is no table of ${driver} in QEMU ${version}`);
}

/**
 * Every type that `driver` is, itself first.
 * @throws RangeError where the version's tables do not hold it
 */
export function driverAncestors(driver: DriverName, version: QemuVersion): readonly string[] {
  const types = ancestors[version][driver];
  if (types === undefined) throw noTable(driver, version);
  return types;
}

/** The drivers that the version's tables hold. */
export function knownDrivers(version: QemuVersion): readonly [DriverName, ...DriverName[]] {
  return drivers[version];
}

function declare(driver: DriverName, [name, typeName, value]: PropertyRow): PropertyDeclaration {
  const type = typesByProperty.get(name) ?? typeNamed(typeName) ?? (typeName.startsWith('child<') ? readOnlyType : textType)(typeName);
  const wide = (type === size || type === uint64) && typeof value === 'number';
  const words = { help: propertyHelp(driver, name), effect: propertyEffect(driver, name) };
  return { name, type, declaredType: typeName, default: wide ? BigInt(value) : value, ...words };
}

/** A driver's declarations, made at the first call and kept. */
const declarations = new Map<string, ReadonlyMap<string, PropertyDeclaration>>();

/**
 * Every property that `driver` has, by name, in name order.
 * @throws RangeError where the version's tables do not hold the driver
 */
export function propertyDeclarations(driver: DriverName, version: QemuVersion = '11.1'): ReadonlyMap<string, PropertyDeclaration> {
  const key = `${driver} ${version}`;
  const known = declarations.get(key);
  if (known) return known;
  const table = tables[version][driver];
  if (table === undefined) throw noTable(driver, version);
  const rows = table.map(row => declare(driver, row)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const made = new Map(rows.map(row => [row.name, row]));
  declarations.set(key, made);
  return made;
}

/** The declaration that answers for a read-only name no device lists, or undefined. */
export function hiddenDeclaration(name: string): PropertyDeclaration | undefined {
  return readOnlyRows.find(row => row.name === name);
}
