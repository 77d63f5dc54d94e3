/**
 * QEMU's property system: property types, machine types with their compat rows, and the effective properties of a device. Every function
 * asks a profile for its tables, and `vfio-airlock/guest-view` has the profiles.
 *
 * @module vfio-airlock/machine
 * @example
 * ```ts
 * import { PROFILES } from 'vfio-airlock/guest-view';
 * import { effectiveProperties, formatSource, parsePropertyAssignment } from 'vfio-airlock/machine';
 *
 * const profile = PROFILES.airlock;
 * const old = effectiveProperties({ profile, machine: 'pc-q35-11.0' }).get('ats');
 * old?.value; // → 'on'
 * old && formatSource(old.source); // → 'compat row of pc-q35-11.0'
 * effectiveProperties({ profile, device: [parsePropertyAssignment('ats=off')] }).get('ats')?.value; // → 'off'
 * effectiveProperties({ profile, device: [parsePropertyAssignment('ats=maybe')] }); // → throws PropertyError
 * ```
 */

export { nearestNames } from '../text/nearest-names.ts';
export { defaultMachine, type QemuTarget, qemuTarget } from './architectures.ts';
export type { AddedRow, CompatRow } from './compat-row.ts';
export { type DistributionType, distributionType, upstreamMachine } from './distribution-types.ts';
export {
  type EffectiveProperties,
  type EffectivePropertiesOptions,
  type EffectiveProperty,
  effectiveProperties,
  formatSource,
  type MachineWarning,
  type PropertySetting,
  type PropertySource,
} from './effective-properties.ts';
export type { DriverName, QemuVersion } from './generated-table.ts';
export { checkMachineOption, type MachineOptions } from './machine-options.ts';
export {
  findMachineType,
  MachineError,
  type MachineSystem,
  type MachineTable,
  type MachineType,
  machineTypes,
  qemuMachines,
} from './machine-types.ts';
export { type GlobalAssignment, type PropertyAssignment, parseGlobalAssignment, parsePropertyAssignment } from './property-assignment.ts';
export { type PropertyDeclaration, propertyDeclarations } from './property-declarations.ts';
export { judgedProperties, type PropertyEffect, propertyEffect } from './property-effects.ts';
export { PropertyError, type PropertyErrorCode } from './property-error.ts';
export { type Presence, type PropertyFacts, propertyFacts, type RowFacts } from './property-facts.ts';
export type { PropertySystem } from './property-system.ts';
export type { DriverProperties, PropertyTable } from './property-table.ts';
export type { OnOffAuto, PropertyType, PropertyValue } from './property-type.ts';
export { QEMU_PROPERTIES } from './qemu-properties.ts';
