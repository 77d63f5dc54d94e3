/** The properties of a device: the generated table of QEMU 11.1, each row with the type that parses its values. */
import { armSmmuv3Properties, vfioPciNohotplugProperties, vfioPciProperties } from './generated/property-tables.ts';
import type { DriverName, PropertyRow } from './generated-table.ts';
import { propertyHelp } from './property-help.ts';
import type { PropertyType, PropertyValue } from './property-type.ts';
import { int32, rangedInteger, uint8, uint16, uint32, uint64 } from './property-types/integer.ts';
import { pciHostAddress, pciSlotAddress } from './property-types/pci-address.ts';
import { size } from './property-types/size.ts';
import { readOnlyType, textType, uuid } from './property-types/text.ts';
import { bool, oasMode, offAutoPciBar, onOffAuto, ssidSizeMode } from './property-types/words.ts';

export interface PropertyDeclaration {
  readonly name: string;
  readonly type: PropertyType;
  /** Null where the device has no default. */
  readonly default: PropertyValue;
  /** What it does and its values, in one line; empty only for what every device has and nobody can set. */
  readonly help: string;
}

/** The types that QEMU names; whatever else it names (`str`, `link<…>`) is text. */
const namedTypes = [bool, int32, oasMode, offAutoPciBar, onOffAuto, size, ssidSizeMode, uint8, uint16, uint32, uint64];
const typesByName: ReadonlyMap<string, PropertyType> = new Map(namedTypes.map(type => [type.name, type]));

/** Properties whose parser or range is their own, where QEMU's type name says only `str` or `uint8`. */
const typesByProperty: ReadonlyMap<string, PropertyType> = new Map([
  ['addr', pciSlotAddress],
  ['busnr', readOnlyType('busnr')],
  ['host', pciHostAddress],
  ['vf-token', uuid],
  ['x-nv-gpudirect-clique', rangedInteger(uint8, 0, 15)],
]);

/** What every device has, and what QEMU does not list among the properties since it cannot be set. */
const readOnlyRows: readonly PropertyDeclaration[] = ['hotpluggable', 'hotplugged', 'parent_bus', 'type'].map(name => ({
  name,
  type: readOnlyType('read-only'),
  default: null,
  help: '',
}));

const tables: Readonly<Record<DriverName, readonly PropertyRow[]>> = {
  'vfio-pci': vfioPciProperties,
  'vfio-pci-nohotplug': [...vfioPciProperties, ...vfioPciNohotplugProperties],
  'arm-smmuv3': armSmmuv3Properties,
};

function declare(driver: DriverName, [name, typeName, value]: PropertyRow): PropertyDeclaration {
  const type = typesByProperty.get(name) ?? typesByName.get(typeName) ?? textType(typeName);
  const wide = (type === size || type === uint64) && typeof value === 'number';
  return { name, type, default: wide ? BigInt(value) : value, help: propertyHelp(driver, name) };
}

/** Made when first asked for: a driver's declarations serve every later call. */
const declarations = new Map<DriverName, ReadonlyMap<string, PropertyDeclaration>>();

/** Every property that `driver` has, by name, in name order. */
export function propertyDeclarations(driver: DriverName): ReadonlyMap<string, PropertyDeclaration> {
  const known = declarations.get(driver);
  if (known) return known;
  const rows = tables[driver].map(row => declare(driver, row)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const made = new Map(rows.map(row => [row.name, row]));
  declarations.set(driver, made);
  return made;
}

/** The declaration that answers for a read-only name no device lists, or undefined. */
export function hiddenDeclaration(name: string): PropertyDeclaration | undefined {
  return readOnlyRows.find(row => row.name === name);
}
