/** VFIO_USER_DEVICE_FEATURE (16): get, set or probe a feature of the device (vfio-user specification; linux/vfio.h). */
import { formatHex } from '../../bytes/hex.ts';
import {
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_MASK,
  VFIO_DEVICE_FEATURE_PROBE,
  VFIO_DEVICE_FEATURE_SET,
  vfio_device_feature,
} from '../../spec/vfio/index.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed, requireRoom } from './payload.ts';

export interface FeatureRequest {
  /** `VFIO_DEVICE_FEATURE_…` number. */
  readonly feature: number;
  readonly isGet: boolean;
  readonly isSet: boolean;
  readonly isProbe: boolean;
  /** Room that the client has for the reply's payload, in bytes. */
  readonly argsz: number;
  /** The feature's own struct, of SET. */
  readonly data: Uint8Array;
}

const METHODS = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE;

/** MessageError (EINVAL) for unknown flags, no method, and for GET and SET together unless they are only probed. */
export function decodeDeviceFeature(payload: Uint8Array): FeatureRequest {
  const { argsz, flags, data } = decodeFixed(vfio_device_feature, payload);
  // A reply to SET and to PROBE is the request itself; one to GET has the request's data too, where there is any.
  requireRoom(argsz, payload.length);
  const isGet = (flags & VFIO_DEVICE_FEATURE_GET) !== 0;
  const isSet = (flags & VFIO_DEVICE_FEATURE_SET) !== 0;
  const isProbe = (flags & VFIO_DEVICE_FEATURE_PROBE) !== 0;
  if ((flags & ~(VFIO_DEVICE_FEATURE_MASK | METHODS)) !== 0) throw new MessageError(`unknown flags ${formatHex(flags >>> 0)}`);
  if (!isGet && !isSet && !isProbe) throw new MessageError('neither GET nor SET nor PROBE');
  if (isGet && isSet && !isProbe) throw new MessageError('GET and SET at once');
  return { feature: flags & VFIO_DEVICE_FEATURE_MASK, isGet, isSet, isProbe, argsz, data };
}

/** A request, or a reply to GET; `argsz` is then the reply's size. */
export function encodeDeviceFeature(feature: number, methods: number, data: Uint8Array = new Uint8Array(0), argsz?: number): Uint8Array {
  return vfio_device_feature.encode({ argsz: argsz ?? vfio_device_feature.size + data.length, flags: feature | methods, data });
}

/** The data of a reply to GET, and no more than was asked for. MessageError for a reply to another request, or a shorter one. */
export function decodeFeatureReply(payload: Uint8Array, asked: { feature: number; methods: number; length: number }): Uint8Array {
  const { flags, data } = decodeFixed(vfio_device_feature, payload);
  if (flags !== (asked.feature | asked.methods)) throw new MessageError('the reply is to another request');
  if (data.length < asked.length) throw new MessageError(`${data.length} bytes of data, wants ${asked.length}`);
  return data.subarray(0, asked.length);
}
