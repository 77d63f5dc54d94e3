/** The properties a device ends up with: defaults, then the machine type's compat rows, then -global, then the device's own options. */

import { nearestNames } from '../text/nearest-names.ts';
import type { CompatRow } from './airlock-rows.ts';
import type { DriverName, QemuVersion } from './generated-table.ts';
import { findMachineType, type MachineProfile, type MachineType, qemuVersionOf } from './machine-types.ts';
import type { GlobalAssignment, PropertyAssignment } from './property-assignment.ts';
import {
  driverAncestors,
  hiddenDeclaration,
  knownDrivers,
  type PropertyDeclaration,
  propertyDeclarations,
} from './property-declarations.ts';
import { PropertyError } from './property-error.ts';
import type { PropertyValue } from './property-type.ts';
import { checkRealizeLimits } from './realize-limits.ts';

/** Where a value came from; in a `global`, `driver` is the type it named, perhaps a parent of the device's. */
export type PropertySource =
  | { readonly kind: 'default' }
  | { readonly kind: 'compat'; readonly machine: string; readonly row: CompatRow }
  | { readonly kind: 'global'; readonly driver: string }
  | { readonly kind: 'device' };

/** A value and who set it. */
export interface PropertySetting {
  readonly value: PropertyValue;
  readonly source: PropertySource;
}

/** A property of a device with its value and all values that it overrode. */
export interface EffectiveProperty extends PropertySetting {
  readonly name: string;
  /** The name of its type. */
  readonly type: string;
  /** The value as an option spells it. */
  readonly text: string;
  /** What it overrode, lowest first; empty for a default. */
  readonly overridden: readonly PropertySetting[];
}

/** Something said and not obeyed, which stops nothing. */
export interface MachineWarning {
  readonly code: 'global.unused' | 'machine.deprecated';
  readonly message: string;
  readonly nearest: readonly string[];
}

/** Every property of the device by name, in name order, with the machine type it is on and the warnings. */
export interface EffectiveProperties extends ReadonlyMap<string, EffectiveProperty> {
  readonly driver: DriverName;
  readonly machine: MachineType;
  readonly warnings: readonly MachineWarning[];
}

/** Which device on which machine, and what was set on the command line. */
export interface EffectivePropertiesOptions {
  /** Default `vfio-pci`. */
  readonly driver?: DriverName;
  readonly profile: MachineProfile;
  /** Full name or alias; default the newest q35, for arm-smmuv3 the newest virt. */
  readonly machine?: string;
  readonly globals?: readonly GlobalAssignment[];
  readonly device?: readonly PropertyAssignment[];
}

/** What a -device line says that is not a property of the device: QEMU takes these out before it sets the others. */
const lineKeys: ReadonlySet<string> = new Set(['bus', 'driver', 'id']);

type Settings = Map<string, { declaration: PropertyDeclaration; layers: PropertySetting[] }>;

/** Puts one value on top. Throws PropertyError in QEMU's words for an unknown name or a value its type refuses. */
function applySetting(settings: Settings, driver: DriverName, { name, value }: PropertyAssignment, source: PropertySource): void {
  const known = settings.get(name);
  const declaration = known?.declaration ?? hiddenDeclaration(name);
  if (!declaration) {
    const nearest = nearestNames(name, settings.keys());
    throw new PropertyError(`Property '${driver}.${name}' not found`, { code: 'property.unknown', property: name, nearest });
  }
  const parsed = declaration.type.parse(value, name, driver);
  known?.layers.push({ value: parsed, source });
}

/** Applies a -global that names a type the device is; its errors say so in front. */
function applyGlobal(settings: Settings, driver: DriverName, global: GlobalAssignment): void {
  try {
    applySetting(settings, driver, global, { kind: 'global', driver: global.driver });
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const message = `can't apply global ${global.driver}.${global.name}=${global.value}: ${error.message}`;
    throw new PropertyError(message, { code: error.code, property: error.property, nearest: error.nearest });
  }
}

/** A -global for another driver does nothing to this device; QEMU has these words for the drivers that it can be sure of. */
function unusedWarning({ driver, name, value }: GlobalAssignment, version: QemuVersion): MachineWarning {
  const nearest = nearestNames(driver, knownDrivers(version)).filter(other => other !== driver);
  return { code: 'global.unused', message: `global ${driver}.${name}=${value} not used`, nearest };
}

/** QEMU gives all its deprecated machine types of these families the same reason. */
function deprecationWarning(machine: MachineType): MachineWarning {
  const reason = 'machines more than 3 years old are subject to deletion after 6 years';
  return { code: 'machine.deprecated', message: `Machine type '${machine.name}' is deprecated: ${reason}`, nearest: [] };
}

/** The options that count: of two for one name the later, at the place of the earlier, whose value is not even looked at. */
function lastOfEach(device: readonly PropertyAssignment[]): PropertyAssignment[] {
  const last = new Map(device.map(({ name, value }) => [name, value]));
  return [...last].map(([name, value]) => ({ name, value })).filter(({ name }) => !lineKeys.has(name));
}

function defaultSettings(driver: DriverName, version: QemuVersion): Settings {
  const settings: Settings = new Map();
  for (const declaration of propertyDeclarations(driver, version).values()) {
    settings.set(declaration.name, { declaration, layers: [{ value: declaration.default, source: { kind: 'default' } }] });
  }
  return settings;
}

function freeze(settings: Settings): Map<string, EffectiveProperty> {
  const result = new Map<string, EffectiveProperty>();
  for (const [name, { declaration, layers }] of settings) {
    const { value, source } = layers[layers.length - 1] ?? { value: declaration.default, source: { kind: 'default' } };
    const text = declaration.type.format(value);
    result.set(name, { name, type: declaration.type.name, value, text, source, overridden: layers.slice(0, -1) });
  }
  return result;
}

/**
 * The properties of a device on a machine type. Rows and globals for a parent type or an interface of `driver` reach it, as in
 * QEMU. Throws MachineError for an unknown machine type, PropertyError (QEMU's words) for an unknown name or a wrong value:
 * the first in the order given, globals before options, where QEMU's pick among several wrong options follows no order.
 */
export function effectiveProperties(options: EffectivePropertiesOptions): EffectiveProperties {
  const { driver = 'vfio-pci', profile, globals = [], device = [] } = options;
  const machine = findMachineType(profile, options.machine ?? (driver === 'arm-smmuv3' ? 'virt' : 'q35'));
  const version = qemuVersionOf(profile);
  const ancestors = driverAncestors(driver, version);
  const isSelf = (name: string) => ancestors.includes(name);
  const settings = defaultSettings(driver, version);
  for (const row of machine.rows) {
    const source: PropertySource = { kind: 'compat', machine: machine.name, row };
    if (isSelf(row.driver)) applySetting(settings, driver, { name: row.property, value: row.value }, source);
  }
  const warnings = machine.deprecated ? [deprecationWarning(machine)] : [];
  for (const global of globals) {
    if (isSelf(global.driver)) applyGlobal(settings, driver, global);
    else warnings.push(unusedWarning(global, version));
  }
  for (const assignment of lastOfEach(device)) applySetting(settings, driver, assignment, { kind: 'device' });
  const properties = freeze(settings);
  checkRealizeLimits(driver, properties);
  return Object.assign(properties, { driver, machine, warnings });
}

/** A source in words: `default`, `compat row of pc-q35-11.0`, `-global`, `device option`. */
export function formatSource(source: PropertySource): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'compat':
      return `compat row of ${source.machine}`;
    case 'global':
      return '-global';
    case 'device':
      return 'device option';
  }
}
