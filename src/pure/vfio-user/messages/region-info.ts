/** VFIO_USER_DEVICE_GET_REGION_INFO (5): one region, and a chain of capabilities behind it (vfio-user specification; linux/vfio.h). */
import type { Decoded, Encodable } from '../../bytes/struct.ts';
import type { DeviceArea } from '../../device/pci-device.ts';
import {
  VFIO_REGION_INFO_CAP_SPARSE_MMAP,
  VFIO_REGION_INFO_FLAG_CAPS,
  vfio_info_cap_header,
  vfio_region_info,
  vfio_region_info_cap_sparse_mmap,
} from '../../spec/vfio/index.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed, exactNumber, requireRoom } from './payload.ts';

export interface RegionInfoRequest {
  /** Room that the client has for the reply's payload, in bytes. */
  readonly argsz: number;
  readonly index: number;
}

/** What a reply says, beside its own sizes. */
export interface RegionInfoReply {
  /** `VFIO_REGION_INFO_FLAG_…`; CAPS is set here, not by the caller. */
  readonly flags: number;
  readonly index: number;
  readonly size: number;
  /** Where in the file the region begins. */
  readonly offset: number;
  /** What may be mapped, where that is not the whole region. */
  readonly areas: readonly DeviceArea[];
}

export function decodeRegionInfoRequest(payload: Uint8Array): RegionInfoRequest {
  const { argsz, index } = decodeFixed(vfio_region_info, payload);
  requireRoom(argsz, vfio_region_info.size);
  return { argsz, index };
}

export function encodeRegionInfoRequest({ argsz, index }: RegionInfoRequest): Uint8Array {
  return vfio_region_info.encode({ argsz, index });
}

function encodeAreas(areas: readonly DeviceArea[]): Uint8Array {
  return vfio_region_info_cap_sparse_mmap.encode({
    header: { id: VFIO_REGION_INFO_CAP_SPARSE_MMAP, version: 1 },
    nr_areas: areas.length,
    areas: areas.map(({ offset, size }) => ({ offset: BigInt(offset), size: BigInt(size) })),
  });
}

/** Bytes that a reply with these areas takes. */
export function regionInfoSize(areas: readonly DeviceArea[]): number {
  return vfio_region_info.size + (areas.length === 0 ? 0 : encodeAreas(areas).length);
}

/**
 * A reply. Where the client has no room for the capabilities they are left out, and `argsz` says how much they take. CAPS is not set
 * then, though the kernel sets it: QEMU looks for the first capability before it asks again, and gives the device up.
 */
export function encodeRegionInfoReply({ flags, index, size, offset, areas }: RegionInfoReply, room: number): Uint8Array {
  const argsz = regionInfoSize(areas);
  const fixed: Encodable<typeof vfio_region_info> = { argsz, flags, index, size: BigInt(size), offset: BigInt(offset) };
  if (areas.length === 0 || argsz > room) return vfio_region_info.encode(fixed);
  const bytes = new Uint8Array(argsz);
  vfio_region_info.write({ ...fixed, flags: flags | VFIO_REGION_INFO_FLAG_CAPS, cap_offset: vfio_region_info.size }, bytes);
  bytes.set(encodeAreas(areas), vfio_region_info.size);
  return bytes;
}

export interface DecodedRegionInfo {
  readonly info: Decoded<typeof vfio_region_info>;
  readonly size: number;
  readonly offset: number;
  /** Null where the region has no such capability. */
  readonly areas: readonly DeviceArea[] | null;
  /** Every capability of the chain, in its order. */
  readonly capabilities: readonly { readonly id: number; readonly version: number }[];
}

function decodeAreas(payload: Uint8Array, at: number, regionSize: number): DeviceArea[] {
  if (payload.length - at < vfio_region_info_cap_sparse_mmap.size) throw new MessageError('the mappable areas are cut short');
  const { nr_areas, areas } = vfio_region_info_cap_sparse_mmap.decode(payload, at);
  if (areas.length !== nr_areas) throw new MessageError(`${nr_areas} mappable areas are said, ${areas.length} are there`);
  return areas.map(area => {
    const offset = exactNumber(area.offset, 'area offset');
    const size = exactNumber(area.size, 'area size');
    if (offset + size > regionSize) throw new MessageError('a mappable area ends past its region');
    return { offset, size };
  });
}

/** A reply as a client takes it. The chain must go forward, so that it ends; MessageError where it does not, or leaves the payload. */
export function decodeRegionInfoReply(payload: Uint8Array): DecodedRegionInfo {
  const info = decodeFixed(vfio_region_info, payload);
  const size = exactNumber(info.size, 'region size');
  const capabilities: { id: number; version: number }[] = [];
  let areas: DeviceArea[] | null = null;
  let from = vfio_region_info.size;
  let at = (info.flags & VFIO_REGION_INFO_FLAG_CAPS) !== 0 ? info.cap_offset : 0;
  while (at !== 0) {
    if (at < from || at + vfio_info_cap_header.size > payload.length) throw new MessageError(`capability at ${at} is out of place`);
    const { id, version, next } = vfio_info_cap_header.decode(payload, at);
    capabilities.push({ id, version });
    if (id === VFIO_REGION_INFO_CAP_SPARSE_MMAP) areas = decodeAreas(payload, at, size);
    from = at + vfio_info_cap_header.size;
    at = next;
  }
  return { info, size, offset: exactNumber(info.offset, 'region offset'), areas, capabilities };
}
