/** VFIO_USER_REGION_READ and VFIO_USER_REGION_WRITE (9, 10): bytes of a region by message (vfio-user specification). */
import { flexibleBytes, u32, u64 } from '../../bytes/c-types.ts';
import { struct } from '../../bytes/struct.ts';
import { HEADER_SIZE } from '../message.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed } from './payload.ts';

export const vfio_user_region_access = struct('vfio_user_region_access', { offset: u64, region: u32, count: u32, data: flexibleBytes() });

/** Offsets from the message's start, for the path that reads and writes it in place. */
export const ACCESS_OFFSET = HEADER_SIZE + vfio_user_region_access.fields.offset.offset;
export const ACCESS_REGION = HEADER_SIZE + vfio_user_region_access.fields.region.offset;
export const ACCESS_COUNT = HEADER_SIZE + vfio_user_region_access.fields.count.offset;
export const ACCESS_DATA = HEADER_SIZE + vfio_user_region_access.fields.data.offset;

/** Where an access goes. */
export interface RegionPlace {
  readonly region: number;
  readonly offset: number;
  readonly count: number;
}

/** A request: of a read without data, of a write with it. */
export function encodeRegionAccess({ region, offset, count }: RegionPlace, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return vfio_user_region_access.encode({ offset: BigInt(offset), region, count, data });
}

/** The data of a reply, which must answer `asked`; what may follow is left. MessageError for one to another place, or a shorter one. */
export function decodeRegionAccessReply(payload: Uint8Array, asked: RegionPlace, length: number): Uint8Array {
  const { offset, region, count, data } = decodeFixed(vfio_user_region_access, payload);
  if (offset !== BigInt(asked.offset) || region !== asked.region) throw new MessageError('the reply is to another access');
  if (count !== asked.count || data.length < length) throw new MessageError(`${count} bytes said, ${data.length} there, of ${length}`);
  return data.subarray(0, length);
}
