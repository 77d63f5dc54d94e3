/** Where the devices of a VM stand on its PCI buses. */
export { findDriver, isNoType, type KnownDriver, type PciDriver } from './driver.ts';
export type { PciKind } from './driver-row.ts';
export { MACHINE_FAMILIES, type PlaceMachine } from './machine-devices.ts';
export { type DevicePlace, type PciPlaces, type PlaceOutcome, planPlaces } from './plan-places.ts';
export type { PlaceCode } from './refusal.ts';
