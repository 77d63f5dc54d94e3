/** A region of a VFIO device: what may be read, written and mapped of it (struct vfio_region_info in linux/vfio.h). */
import type { VfioRegionInfo } from '../../pure/device/vfio-info.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { decodeCapabilityChain } from './capability-chain.ts';

/** The info in a reply of VFIO_DEVICE_GET_REGION_INFO. RangeError for one shorter than its struct. */
export function decodeRegionInfo(reply: Uint8Array): VfioRegionInfo {
  const info = uapi.vfio_region_info.decode(reply);
  const has = (flag: number): boolean => (info.flags & flag) !== 0;
  const chain = has(uapi.VFIO_REGION_INFO_FLAG_CAPS) ? decodeCapabilityChain(reply, info.cap_offset) : [];
  const find = (id: number, size: number): number | undefined => chain.find(it => it.id === id && it.at + size <= reply.length)?.at;
  const sparseAt = find(uapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP, uapi.vfio_region_info_cap_sparse_mmap.size);
  const typeAt = find(uapi.VFIO_REGION_INFO_CAP_TYPE, uapi.vfio_region_info_cap_type.size);
  const whole = { offset: 0n, size: info.size };
  const areas = sparseAt === undefined ? [whole] : uapi.vfio_region_info_cap_sparse_mmap.decode(reply, sparseAt).areas;
  const type = typeAt === undefined ? null : uapi.vfio_region_info_cap_type.decode(reply, typeAt);
  return {
    index: info.index,
    flags: info.flags,
    size: info.size,
    offset: info.offset,
    isReadable: has(uapi.VFIO_REGION_INFO_FLAG_READ),
    isWritable: has(uapi.VFIO_REGION_INFO_FLAG_WRITE),
    mappable: has(uapi.VFIO_REGION_INFO_FLAG_MMAP) ? areas.filter(area => area.size > 0n) : [],
    isMsixMappable: chain.some(({ id }) => id === uapi.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE),
    type: type && { type: type.type, subtype: type.subtype },
  };
}
