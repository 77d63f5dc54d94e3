/** The public face of this part: devices at run time. An assigned device over a backend, replayed captures, devices in TypeScript. */
export { bytes, s32, s64, u8, u16, u32, u64 } from '../bytes/c-types.ts';
export { type Decoded, type Struct, struct } from '../bytes/struct.ts';
export { AssignedDevice, type AssignedDeviceOptions } from './assigned-device.ts';
export type { Backend } from './backend.ts';
export { EventIrqs } from './event-irqs.ts';
export type * from './handle.ts';
export type { InterruptSetup } from './interrupt-setup.ts';
export * from './pci-device.ts';
export { regionSizes } from './region-sizes.ts';
export { type RegisterBarOptions, type RegisterValues, registerBar } from './register-bar.ts';
export { ReplayBackend, type ReplayOptions, replayOptions } from './replay-backend.ts';
export type { RegisterModel } from './replayed-regions.ts';
export { type ListCut, type ServedConfig, servedConfig } from './served-config.ts';
export type { BarKind, SoftwareBar, SoftwareIdentity } from './software-config.ts';
export { type BarDefinition, type DeviceContext, SoftwareDevice, type SoftwareDeviceDefinition } from './software-device.ts';
