/** The properties that an assigned device ends up with, and where each value was written. */
import type { Profile } from '../../profiles/index.ts';
import {
  type EffectiveProperties,
  type EffectiveProperty,
  effectiveProperties,
  type GlobalAssignment,
  type PropertyAssignment,
} from '../../qemu/index.ts';
import { type DefinedDevice, type DefinedGlobal, type DefinedValue, findValue, type VmDefinition } from '../definition.ts';
import { formatOrigin, type Origin } from '../origin.ts';
import type { PlanAssumptions } from './assumptions.ts';
import { jsonText } from './json-kinds.ts';

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
  readonly assumed: PlanAssumptions;
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

/** @throws PropertyError in the VMM's words, MachineError */
export function readDeviceProperties(device: DefinedDevice, { definition, profile, machine }: PropertyContext): DeviceProperties {
  const { driver } = device;
  const table = profile.properties;
  const declarations = table === null || !table.drivers.includes(driver) ? null : table.of(driver).declarations;
  const assignments = device.values.map(value => ({ name: value.name, value: jsonText(value, declarations?.get(value.name)) }));
  const globals = definition.globals.map(global => ({ driver: global.driver, ...plain(global) }));
  const effective = effectiveProperties({
    profile,
    ...(declarations !== null && { driver }),
    ...(machine !== null && { machine }),
    globals,
    device: assignments,
  });
  return { assignments, globals, effective, ...origins(device, definition) };
}
