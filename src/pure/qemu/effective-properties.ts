/** The properties a device ends up with: defaults, then the machine type's compat rows, then -global, then the device's own options. */

import { nearestNames } from '../text/nearest-names.ts';
import type { CompatRow } from './compat-row.ts';
import { findMachineType, type MachineType } from './machine-types.ts';
import type { GlobalAssignment, PropertyAssignment } from './property-assignment.ts';
import type { PropertyDeclaration } from './property-declarations.ts';
import { PropertyError } from './property-error.ts';
import type { PropertySystem } from './property-system.ts';
import type { PropertyTable } from './property-table.ts';
import type { PropertyValue } from './property-type.ts';

/**
 * Where a value came from. In a `global`, `driver` is the type that it named, perhaps a parent of the device's. `from` is a place in a
 * file, as the assignment says it.
 */
export type PropertySource =
  | { readonly kind: 'default' }
  | { readonly kind: 'compat'; readonly machine: string; readonly row: CompatRow }
  | { readonly kind: 'global'; readonly driver: string; readonly from?: string }
  | { readonly kind: 'device'; readonly from?: string };

/** A value and who set it. */
export interface PropertySetting {
  readonly value: PropertyValue;
  readonly source: PropertySource;
}

/** A property of a device with its value and all values that it overrode. */
export interface EffectiveProperty extends PropertySetting {
  readonly name: string;
  /** The name of the same property in QEMU's vfio-pci; differs from `name` only where a VMM calls it otherwise. */
  readonly means: string;
  /** The name of its type. */
  readonly type: string;
  /** The value as an option spells it. */
  readonly text: string;
  /** The values that it overrode, lowest first; empty for a default. */
  readonly overridden: readonly PropertySetting[];
}

/** A warning about a setting that was ignored. */
export interface MachineWarning {
  readonly code: 'global.unused' | 'machine.deprecated';
  readonly message: string;
  readonly nearest: readonly string[];
}

/** Every property of the device by name, in name order, with the machine type it is on and the warnings. */
export interface EffectiveProperties extends ReadonlyMap<string, EffectiveProperty> {
  readonly driver: string;
  /** null where the profile has no machine types, or none is asked for and none for the host's architecture is known. */
  readonly machine: MachineType | null;
  readonly warnings: readonly MachineWarning[];
}

/** Which device on which machine, and what was set on the command line. */
export interface EffectivePropertiesOptions {
  /** Default the device type for a host's device: `vfio-pci`. */
  readonly driver?: string;
  /** A profile, or whatever else names its tables. */
  readonly profile: PropertySystem;
  /** Full name or alias; default the newest q35, for arm-smmuv3 and for a host of Arm's the newest virt. */
  readonly machine?: string;
  /** `uname -m` of the device's host, which the default machine follows; null or left out where it is not known. */
  readonly architecture?: string | null;
  readonly globals?: readonly GlobalAssignment[];
  readonly device?: readonly PropertyAssignment[];
}

interface Setting {
  readonly declaration: PropertyDeclaration;
  readonly layers: PropertySetting[];
}

/** The settings of one device; each new one goes on top of those before. */
interface Bench {
  readonly driver: string;
  readonly table: PropertyTable;
  readonly settings: ReadonlyMap<string, Setting>;
}

/**
 * Puts one value on top.
 * @throws PropertyError in the VMM's words for an unknown name or a value its type refuses
 */
function applySetting({ driver, table, settings }: Bench, { name, value }: PropertyAssignment, source: PropertySource): void {
  const known = settings.get(name);
  const declaration = known?.declaration ?? table.unlisted(name);
  if (!declaration) {
    const nearest = nearestNames(name, settings.keys());
    throw new PropertyError(table.unknownWords(driver, name), { code: 'property.unknown', property: name, nearest });
  }
  const parsed = declaration.type.parse(value, name, driver);
  known?.layers.push({ value: parsed, source });
}

const placeOf = ({ from }: PropertyAssignment) => (from === undefined ? {} : { from });

/** How QEMU goes on, in lines of their own, where the size of a -global is none. */
const SIZE_HINT = 'Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively.';

/**
 * QEMU reads a -global through another parser than an option, which names the 64-bit type that it wanted in place of `integer`, and says
 * what a size is.
 */
export function globalWords(message: string, declaredType: string | undefined): string {
  const wanted = declaredType?.startsWith('int') === true ? 'int64' : 'uint64';
  return message
    .replace(/expects integer$/, `expects ${wanted}`)
    .replace(/expects size$/, `expects a non-negative number below 2^64\n${SIZE_HINT}`);
}

/** Applies a -global that names a type the device is; its errors say so in front. */
function applyGlobal(bench: Bench, global: GlobalAssignment): void {
  try {
    applySetting(bench, global, { kind: 'global', driver: global.driver, ...placeOf(global) });
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const words = globalWords(error.message, bench.settings.get(global.name)?.declaration.declaredType);
    const message = `can't apply global ${global.driver}.${global.name}=${global.value}: ${words}`;
    throw new PropertyError(message, { code: error.code, property: error.property, nearest: error.nearest });
  }
}

/** Warns of a -global that does nothing to this device, in QEMU's words, for drivers that are certainly not in use. */
function unusedWarning({ driver, name, value }: GlobalAssignment, drivers: readonly string[]): MachineWarning {
  const nearest = nearestNames(driver, drivers).filter(other => other !== driver);
  return { code: 'global.unused', message: `global ${driver}.${name}=${value} not used`, nearest };
}

/** QEMU gives all its deprecated machine types of these families the same reason. */
function deprecationWarning(machine: MachineType): MachineWarning {
  const reason = 'machines more than 3 years old are subject to deletion after 6 years';
  return { code: 'machine.deprecated', message: `Machine type '${machine.name}' is deprecated: ${reason}`, nearest: [] };
}

/** The options that count: of two for one name, the later value at the place of the earlier one, whose own value is not checked. */
function lastOfEach(device: readonly PropertyAssignment[], { lineKeys }: PropertyTable): PropertyAssignment[] {
  const last = new Map(device.map(assignment => [assignment.name, assignment]));
  return [...last.values()].filter(({ name }) => !lineKeys.has(name));
}

function defaultSettings(table: PropertyTable, driver: string): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const declaration of table.of(driver).declarations.values()) {
    settings.set(declaration.name, { declaration, layers: [{ value: declaration.default, source: { kind: 'default' } }] });
  }
  return settings;
}

function freeze(settings: ReadonlyMap<string, Setting>): Map<string, EffectiveProperty> {
  const result = new Map<string, EffectiveProperty>();
  for (const [name, { declaration, layers }] of settings) {
    const { value, source } = layers[layers.length - 1] ?? { value: declaration.default, source: { kind: 'default' } };
    const text = declaration.type.format(value);
    const { means = name, type } = declaration;
    result.set(name, { name, means, type: type.name, value, text, source, overridden: layers.slice(0, -1) });
  }
  return result;
}

/** A profile without a table takes no property at all. */
function refuseAny(profile: string, [first]: readonly PropertyAssignment[]): void {
  if (first === undefined) return;
  const message = `profile ${profile} has no properties: ${first.name} is none of its own`;
  throw new PropertyError(message, { code: 'property.unknown', property: first.name });
}

function applyGlobals(bench: Bench, globals: readonly GlobalAssignment[], profile: string): MachineWarning[] {
  const { table, driver } = bench;
  const [first] = globals;
  if (first !== undefined && !table.takesGlobals) {
    const message = `profile ${profile} has no globals: ${first.name} can be set for the device alone`;
    throw new PropertyError(message, { code: 'property.unknown', property: first.name });
  }
  const { ancestors } = table.of(driver);
  const unused = globals.filter(global => !ancestors.includes(global.driver));
  for (const global of globals) if (ancestors.includes(global.driver)) applyGlobal(bench, global);
  return unused.map(global => unusedWarning(global, table.drivers));
}

/**
 * The properties of a device on a machine type. Rows and globals for a parent type or an interface of `driver` reach it, as in
 * QEMU.
 *
 * @throws MachineError for an unknown machine type
 * @throws PropertyError, in the VMM's words, for an unknown name or a wrong value: the first in the order given, globals before
 * options, where QEMU's pick among several wrong options follows no order
 * @example
 * ```ts
 * import { PROFILES } from 'vfio-airlock/guest-view';
 * import { effectiveProperties } from 'vfio-airlock/machine';
 *
 * const [profile, name] = [PROFILES['qemu-11.1'], 'ats'];
 * const properties = effectiveProperties({ profile, globals: [{ driver: 'vfio-pci', name, value: 'off' }], device: [{ name, value: 'on' }] });
 * properties.machine?.name; // → 'pc-q35-11.1'
 * properties.get(name)?.text; // → 'on'
 * properties.get(name)?.overridden.map(({ value }) => value); // → ['auto', 'off']
 * effectiveProperties({ profile, machine: 'pc-q35-1.0' }); // → throws MachineError
 * ```
 */
export function effectiveProperties({ profile, globals = [], device = [], ...options }: EffectivePropertiesOptions): EffectiveProperties {
  const { name, properties: table, machines } = profile;
  const driver = options.driver ?? table?.drivers[0] ?? '';
  const wanted = options.machine ?? machines?.defaultFor(driver, options.architecture ?? null) ?? null;
  const machine = wanted === null ? null : findMachineType(profile, wanted);
  const warnings = machine?.deprecated ? [deprecationWarning(machine)] : [];
  if (table === null) {
    refuseAny(name, [...globals, ...device]);
    return Object.assign(new Map<string, EffectiveProperty>(), { driver, machine, warnings });
  }
  const bench: Bench = { driver, table, settings: defaultSettings(table, driver) };
  const { ancestors } = table.of(driver);
  for (const row of machine?.rows ?? []) {
    const source: PropertySource = { kind: 'compat', machine: machine?.name ?? '', row };
    if (ancestors.includes(row.driver)) applySetting(bench, { name: row.property, value: row.value }, source);
  }
  warnings.push(...applyGlobals(bench, globals, name));
  for (const assignment of lastOfEach(device, table)) applySetting(bench, assignment, { kind: 'device', ...placeOf(assignment) });
  const properties = freeze(bench.settings);
  table.check(driver, properties);
  return Object.assign(properties, { driver, machine, warnings });
}

const formatPlace = ({ from }: { readonly from?: string }): string => (from === undefined ? '' : ` at ${from}`);

/** A source in words: `default`, `compat row of pc-q35-11.0`, `-global`, `device option`, `device option at vm.xml:12:7`. */
export function formatSource(source: PropertySource): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'compat':
      return `compat row of ${source.machine}`;
    case 'global':
      return `-global${formatPlace(source)}`;
    case 'device':
      return `device option${formatPlace(source)}`;
  }
}
