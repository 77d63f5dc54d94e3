/** VFIO_USER_REGION_WRITE_MULTI (15): many small writes in one message (vfio-user specification). */
import { bytes, flexible, u32, u64 } from '../../bytes/c-types.ts';
import { type Decoded, struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed } from './payload.ts';

export const vfio_user_region_write = struct('vfio_user_region_write', { offset: u64, region: u32, count: u32, data: bytes(8) });
export const vfio_user_region_write_multi = struct('vfio_user_region_write_multi', {
  wr_cnt: u64,
  wrs: flexible(vfio_user_region_write, 'wr_cnt'),
});
const MOST_BYTES = 8;

/** MessageError where the payload does not hold exactly as many writes as it counts, and for a write of no bytes or of more than 8. */
export function decodeRegionWriteMulti(payload: Uint8Array): Decoded<typeof vfio_user_region_write>[] {
  const { wr_cnt, wrs } = decodeFixed(vfio_user_region_write_multi, payload);
  const length = vfio_user_region_write_multi.size + wrs.length * vfio_user_region_write.size;
  if (wr_cnt !== BigInt(wrs.length) || payload.length !== length) throw new MessageError(`${wr_cnt} writes in ${payload.length} bytes`);
  for (const { count } of wrs) if (count < 1 || count > MOST_BYTES) throw new MessageError(`a write of ${count} bytes`);
  return wrs;
}

/** RangeError for a write of no bytes or of more than 8. */
export function encodeRegionWriteMulti(
  writes: readonly { readonly region: number; readonly offset: number; readonly bytes: Uint8Array }[],
): Uint8Array {
  const wrs = writes.map(({ region, offset, bytes: given }) => {
    if (given.length < 1 || given.length > MOST_BYTES) throw new RangeError(`Cannot encode a write of ${given.length} bytes: 1 to 8`);
    const data = new Uint8Array(MOST_BYTES);
    data.set(given);
    return { offset: BigInt(offset), region, count: given.length, data };
  });
  return vfio_user_region_write_multi.encode({ wr_cnt: BigInt(wrs.length), wrs });
}

/** A reply: how many writes were done. */
export function encodeWritesDone(count: number): Uint8Array {
  return vfio_user_region_write_multi.encode({ wr_cnt: BigInt(count) });
}

export function decodeWritesDone(payload: Uint8Array): bigint {
  return decodeFixed(vfio_user_region_write_multi, payload).wr_cnt;
}
