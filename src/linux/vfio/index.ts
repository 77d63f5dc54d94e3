/** The public face of this part: real devices, by their own file or by their group. */
export { CONTAINER_PATH, type MapDmaOptions, VfioContainer } from './container.ts';
export type { AtomicCompletion, VfioDeviceInfo } from './device-info.ts';
export { GroupNotViableError, VfioGroup } from './group.ts';
export { IommufdDevice } from './iommufd-device.ts';
export type { IrqRequest } from './irqs.ts';
export { LegacyVfioDevice } from './legacy-device.ts';
export {
  type ClosedCode,
  closedBecause,
  DeviceClosedError,
  explained,
  type GivenFiles,
  type IommuBackend,
  type OpenedDevice,
  openDevice,
  withOpenDevice,
} from './open-device.ts';
export type { ResetKind, VfioDevice } from './vfio-device.ts';
