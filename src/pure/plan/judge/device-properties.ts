/** The properties that an assigned device ends up with, and where each value was written. */
import type { Profile } from '../../profiles/index.ts';
import {
  type EffectiveProperties,
  type EffectiveProperty,
  effectiveProperties,
  type GlobalAssignment,
  type PropertyAssignment,
  PropertyError,
} from '../../qemu/index.ts';
import { type DefinedDevice, type DefinedGlobal, type DefinedValue, findValue, type VmDefinition } from '../definition.ts';
import { formatOrigin, type Origin } from '../origin.ts';
import { assignmentsOf } from './json-kinds.ts';

/** A device's own assignments as its VMM reads them; and its properties by the property system. */
export interface DeviceProperties {
  readonly assignments: readonly PropertyAssignment[];
  readonly globals: readonly GlobalAssignment[];
  readonly effective: EffectiveProperties;
  /** The place of the value that counts, where it was written. */
  originOf(property: EffectiveProperty): Origin | null;
  sourceOf(property: EffectiveProperty): string;
}

/** What every VM of a profile and a machine type is asked with. */
export interface PropertyContext {
  readonly definition: VmDefinition;
  readonly profile: Profile;
  /** Full name; null where the profile has no machine types. */
  readonly machine: string | null;
}

const plain = ({ name, value }: DefinedValue): PropertyAssignment => ({ name, value });

function globalOrigin(globals: readonly DefinedGlobal[], driver: string, name: string): Origin | null {
  return globals.findLast(global => global.driver === driver && global.name === name)?.origin ?? null;
}

const at = (origin: Origin | null): string => (origin === null || origin.line === null ? '' : ` at ${formatOrigin(origin)}`);

function origins(device: DefinedDevice, definition: VmDefinition) {
  const originOf = ({ name, source }: EffectiveProperty): Origin | null => {
    if (source.kind === 'global') return globalOrigin(definition.globals, source.driver, name);
    return source.kind === 'device' ? (findValue(device.values, name)?.origin ?? null) : null;
  };
  const sourceOf = (property: EffectiveProperty): string => {
    const { source } = property;
    switch (source.kind) {
      case 'default':
        return 'default';
      case 'compat':
        return `compat row of ${source.machine}`;
      case 'global':
        return `-global${at(originOf(property))}`;
      case 'device':
        return `device option${at(originOf(property))}`;
    }
  };
  return { originOf, sourceOf };
}

/** Globals as they reach the devices of one driver: the last for each property, or what is wrong with one of them. */
type ReachingGlobals = readonly GlobalAssignment[] | PropertyError;

/** Each list of globals is read once for all devices of a driver. */
const reaching = new WeakMap<readonly DefinedGlobal[], Map<string, ReachingGlobals>>();

function readGlobals(driver: string, { definition, profile, machine }: PropertyContext): ReachingGlobals {
  const types = new Set(profile.properties?.of(driver).ancestors);
  const globals = definition.globals
    .filter(global => types.has(global.driver))
    .map(global => ({ driver: global.driver, ...plain(global) }));
  try {
    effectiveProperties({ profile, driver, ...(machine !== null && { machine }), globals });
  } catch (error) {
    // Other faults are the device's, which may mend them.
    if (!(error instanceof PropertyError)) throw error;
    return error.message.startsWith("can't apply global") ? error : globals;
  }
  return [...new Map(globals.map(global => [global.name, global])).values()];
}

/** @throws PropertyError in the VMM's words for one that is wrong */
function globalsFor(driver: string, context: PropertyContext): readonly GlobalAssignment[] {
  const { definition, profile, machine } = context;
  const known = reaching.get(definition.globals) ?? new Map<string, ReachingGlobals>();
  reaching.set(definition.globals, known);
  const key = [driver, profile.name, machine].join(' ');
  const found = known.get(key) ?? readGlobals(driver, context);
  known.set(key, found);
  if (found instanceof PropertyError) throw found;
  return found;
}

/** @throws PropertyError in the VMM's words, MachineError */
export function readDeviceProperties(device: DefinedDevice, context: PropertyContext): DeviceProperties {
  const { definition, profile, machine } = context;
  const table = profile.properties;
  const driver = table?.drivers.includes(device.driver) === true ? device.driver : null;
  const declarations = driver === null ? null : (table?.of(driver).declarations ?? null);
  const assignments = assignmentsOf(device.values, declarations);
  const asDriver = driver ?? table?.drivers[0];
  const takesGlobals = asDriver !== undefined && table?.takesGlobals === true;
  const globals = takesGlobals
    ? globalsFor(asDriver, context)
    : definition.globals.map(global => ({ driver: global.driver, ...plain(global) }));
  const effective = effectiveProperties({
    profile,
    ...(driver !== null && { driver }),
    ...(machine !== null && { machine }),
    globals,
    device: assignments,
  });
  return { assignments, globals, effective, ...origins(device, definition) };
}
