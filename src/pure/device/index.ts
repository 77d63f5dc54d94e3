/**
 * Devices at run time: an assigned device over a backend, a capture that is replayed, a device written in TypeScript. Each is a
 * `PciDevice`: regions, interrupts and resets as a VMM meets them through VFIO, and can be served as it is.
 *
 * @module vfio-airlock/device
 * @example
 * ```ts
 * import { registerBar, SoftwareDevice, struct, u32 } from 'vfio-airlock/device';
 *
 * // A register that holds the square of what was written to it.
 * const registers = struct('registers', { square: u32 });
 * const device = new SoftwareDevice({
 *   vendorId: 0x1234,
 *   deviceId: 0xa0d0,
 *   classCode: 0xff_00_00,
 *   bars: {
 *     0: registerBar(registers, {
 *       write: {
 *         square: values => {
 *           values.square **= 2;
 *         },
 *       },
 *     }),
 *   },
 * });
 * device.writeRegion(0, 0, Uint8Array.of(7, 0, 0, 0));
 * const answer = new Uint8Array(4);
 * device.readRegion(0, 0, answer);
 * registers.decode(answer); // → { square: 49 }
 * ```
 */

export { bytes, type CType, type IntegerType, s32, s64, u8, u16, u32, u64 } from '../bytes/c-types.ts';
export { type Decoded, type Encodable, type Field, type Struct, type StructFields, struct } from '../bytes/struct.ts';
export type { BarSizes } from '../pci/regions.ts';
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
