/** The features of a device that DEVICE_FEATURE speaks of: migration and its state (vfio-user specification, "Device Features"). */
import { DeviceError } from '../device/pci-device.ts';
import { ENOTTY } from '../spec/errno.ts';
import {
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
  VFIO_DEVICE_FEATURE_MIGRATION,
  VFIO_DEVICE_FEATURE_SET,
  VFIO_MIGRATION_STOP_COPY,
  vfio_device_feature_mig_state,
  vfio_device_feature_migration,
} from '../spec/vfio/index.ts';
import { decodeDeviceFeature, encodeDeviceFeature } from './messages/device-feature.ts';
import { decodeExact, requireRoom } from './messages/payload.ts';
import type { MigrationSession } from './migration-session.ts';
import { MessageError } from './protocol-error.ts';
import type { Session } from './session.ts';

interface Feature {
  readonly get: (migration: MigrationSession) => Uint8Array;
  readonly set?: (migration: MigrationSession, data: Uint8Array) => void;
}

/** vfio-user has no descriptor for the data: messages carry it. */
const NO_DATA_FD = -1;

/**
 * DMA logging is not among them. A device may hold a view of guest memory and write to it at any time, and hardware behind this
 * server writes without us: a bitmap of ours would leave pages out, and the guest would lose them.
 */
const FEATURES: ReadonlyMap<number, Feature> = new Map<number, Feature>([
  [VFIO_DEVICE_FEATURE_MIGRATION, { get: () => vfio_device_feature_migration.encode({ flags: BigInt(VFIO_MIGRATION_STOP_COPY) }) }],
  [
    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
    {
      get: ({ state }) => vfio_device_feature_mig_state.encode({ device_state: state, data_fd: NO_DATA_FD }),
      set: (migration, data) => migration.setState(decodeExact(vfio_device_feature_mig_state, data).device_state),
    },
  ],
]);

/**
 * Answers a request: the data of GET, the request itself for SET and PROBE. DeviceError ENOTTY, as the kernel answers, for a feature that
 * the device does not have or a method that the feature does not have.
 */
export function deviceFeature({ migration }: Session, payload: Uint8Array): Uint8Array {
  const { feature, isGet, isSet, isProbe, argsz, data } = decodeDeviceFeature(payload);
  const found = FEATURES.get(feature);
  if (migration === null || found === undefined) throw new DeviceError(ENOTTY, `feature ${feature} is not there`);
  if (isSet && found.set === undefined) throw new DeviceError(ENOTTY, `feature ${feature} cannot be set`);
  if (isProbe) return payload.slice();
  if (isSet) {
    found.set?.(migration, data);
    return encodeDeviceFeature(feature, VFIO_DEVICE_FEATURE_SET, data, argsz);
  }
  if (!isGet || data.length !== 0) throw new MessageError(`${data.length} bytes of data in a GET`);
  const reply = encodeDeviceFeature(feature, VFIO_DEVICE_FEATURE_GET, found.get(migration));
  requireRoom(argsz, reply.length);
  return reply;
}
