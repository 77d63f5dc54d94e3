/** VFIO_USER_DEVICE_GET_REGION_IO_FDS (6): files by which a hypervisor reaches parts of a region without the VMM (specification). */
import { flexibleBytes, u32, u64 } from '../../bytes/c-types.ts';
import { type Decoded, struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeExact, decodeFixed, requireRoom } from './payload.ts';

export const vfio_user_region_io_fds_request = struct('vfio_user_region_io_fds_request', {
  argsz: u32,
  flags: u32,
  index: u32,
  count: u32,
});
export const vfio_user_region_io_fds_reply = struct('vfio_user_region_io_fds_reply', {
  argsz: u32,
  flags: u32,
  index: u32,
  count: u32,
  sub_regions: flexibleBytes(),
});
/** The entry of an ioregionfd; an ioeventfd's has `datamatch` where this has `user_data`. */
export const vfio_user_sub_region_ioregionfd = struct('vfio_user_sub_region_ioregionfd', {
  offset: u64,
  size: u64,
  fd_index: u32,
  type: u32,
  flags: u32,
  padding: u32,
  user_data: u64,
});
export type SubRegion = Decoded<typeof vfio_user_sub_region_ioregionfd>;

/** Region index that a request asks for. */
export function decodeRegionIoFdsRequest(payload: Uint8Array): number {
  const { argsz, flags, index, count } = decodeExact(vfio_user_region_io_fds_request, payload);
  requireRoom(argsz, vfio_user_region_io_fds_request.size);
  if (flags !== 0 || count !== 0) throw new MessageError('flags and count of a request are 0');
  return index;
}

export function encodeRegionIoFdsRequest(index: number, argsz: number): Uint8Array {
  return vfio_user_region_io_fds_request.encode({ argsz, index });
}

/** A reply of a region that has none: every access is a message or a mapping. */
export function encodeNoRegionIoFds(index: number): Uint8Array {
  return vfio_user_region_io_fds_reply.encode({ argsz: vfio_user_region_io_fds_reply.size, index });
}

/**
 * The entries of a reply, which may go on behind what `argsz` says; their stride follows from its sizes. MessageError where count, sizes or
 * files do not go together.
 */
export function decodeRegionIoFdsReply(payload: Uint8Array, handleCount: number): SubRegion[] {
  const { argsz, count, sub_regions: rest } = decodeFixed(vfio_user_region_io_fds_reply, payload);
  if (count === 0) return [];
  const sub_regions = rest.subarray(0, Math.max(0, argsz - vfio_user_region_io_fds_reply.size));
  const stride = sub_regions.length / count;
  if (!Number.isInteger(stride) || stride < vfio_user_sub_region_ioregionfd.size) {
    throw new MessageError(`${count} sub-regions in ${sub_regions.length} bytes`);
  }
  return Array.from({ length: count }, (_, i) => {
    const entry = vfio_user_sub_region_ioregionfd.decode(sub_regions, i * stride);
    if (entry.fd_index >= handleCount) throw new MessageError(`sub-region ${i} names file ${entry.fd_index} of ${handleCount}`);
    return entry;
  });
}
