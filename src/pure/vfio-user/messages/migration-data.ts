/** VFIO_USER_MIG_DATA_READ and VFIO_USER_MIG_DATA_WRITE (17, 18): the device's state as a stream (vfio-user specification). */
import { flexibleBytes, u32 } from '../../bytes/c-types.ts';
import { struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeExact, decodeFixed, requireRoom } from './payload.ts';

export const vfio_user_mig_data = struct('vfio_user_mig_data', { argsz: u32, size: u32, data: flexibleBytes('size') });

/** Bytes that a read asks for. MessageError for more than `limit`, and for an `argsz` without room for them. */
export function decodeMigrationRead(payload: Uint8Array, limit: number): number {
  const { argsz, size } = decodeExact(vfio_user_mig_data, payload);
  if (size > limit) throw new MessageError(`${size} bytes, at most ${limit}`);
  requireRoom(argsz, vfio_user_mig_data.size + size);
  return size;
}

/** The data of a write. MessageError where its length is not what it says, or more than `limit`. */
export function decodeMigrationData(payload: Uint8Array, limit: number): Uint8Array {
  const data = decodeMigrationReply(payload, limit);
  const length = payload.length - vfio_user_mig_data.size;
  if (length !== data.length) throw new MessageError(`${length} bytes of data for a size of ${data.length}`);
  return data;
}

/**
 * The data of the reply to a read. The last one may be longer than it says: libvfio-user fills it up to the size that was asked for.
 * MessageError where it is shorter, or says more than `limit`.
 */
export function decodeMigrationReply(payload: Uint8Array, limit: number): Uint8Array {
  const { size, data } = decodeFixed(vfio_user_mig_data, payload);
  if (data.length !== size) throw new MessageError(`${payload.length - vfio_user_mig_data.size} of ${size} bytes`);
  if (size > limit) throw new MessageError(`${size} bytes, at most ${limit}`);
  return data;
}

export function encodeMigrationRead(size: number): Uint8Array {
  return vfio_user_mig_data.encode({ argsz: vfio_user_mig_data.size + size, size });
}

export function encodeMigrationData(data: Uint8Array): Uint8Array {
  return vfio_user_mig_data.encode({ argsz: vfio_user_mig_data.size + data.length, size: data.length, data });
}
