/** QEMU's property system: property types, machine types with their compat rows, and the effective properties of a device. */

export { nearestNames } from '../text/nearest-names.ts';
export type { AddedRow, CompatRow } from './compat-row.ts';
export { type DistributionType, distributionType } from './distribution-types.ts';
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
export type { PropertySystem } from './property-system.ts';
export type { DriverProperties, PropertyTable } from './property-table.ts';
export type { OnOffAuto, PropertyType, PropertyValue } from './property-type.ts';
export { QEMU_PROPERTIES } from './qemu-properties.ts';
