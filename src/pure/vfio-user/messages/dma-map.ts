/** VFIO_USER_DMA_MAP (2): a range of guest memory that the device may reach (vfio-user specification, "VFIO_USER_DMA_MAP"). */

import { u32, u64 } from '../../bytes/c-types.ts';
import { formatHex } from '../../bytes/hex.ts';
import { type Decoded, struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeExact, requireRoom } from './payload.ts';

export const vfio_user_dma_map = struct('vfio_user_dma_map', { argsz: u32, flags: u32, offset: u64, addr: u64, size: u64 });
export const VFIO_USER_F_DMA_REGION_READ = 1 << 0;
export const VFIO_USER_F_DMA_REGION_WRITE = 1 << 1;
/** A flag of libvfio-user's: the file may be mapped, which is also what a file without a flag means. */
export const VFIO_USER_F_DMA_REGION_MMAP = 1 << 2;
/** A flag of libvfio-user's: the file may be read and written. */
export const VFIO_USER_F_DMA_REGION_FILE_IO = 1 << 3;

const ACCESS = VFIO_USER_F_DMA_REGION_READ | VFIO_USER_F_DMA_REGION_WRITE;
const WITH_FILE = VFIO_USER_F_DMA_REGION_MMAP | VFIO_USER_F_DMA_REGION_FILE_IO;
/** One past the last address. */
const ADDRESSES = 1n << 64n;

/** MessageError (EINVAL) for unknown flags, no access at all, no size, an end past 2^64, more than one file or a file flag without one. */
export function decodeDmaMap(payload: Uint8Array, handleCount: number): Decoded<typeof vfio_user_dma_map> {
  const map = decodeExact(vfio_user_dma_map, payload);
  requireRoom(map.argsz, vfio_user_dma_map.size);
  if ((map.flags & ~(ACCESS | WITH_FILE)) !== 0) throw new MessageError(`unknown flags ${formatHex(map.flags)}`);
  if ((map.flags & ACCESS) === 0) throw new MessageError('a range that is neither readable nor writable');
  if (map.size === 0n) throw new MessageError('a range of no bytes');
  if (map.addr + map.size > ADDRESSES) throw new MessageError('the range ends past 2^64');
  if (handleCount > 1) throw new MessageError(`${handleCount} files for one range`);
  if (handleCount === 0 && (map.flags & WITH_FILE) !== 0) throw new MessageError('flags speak of a file, and none came');
  return map;
}

/** The payload that maps `size` bytes at `addr`. */
export function encodeDmaMap(map: { flags: number; offset: bigint; addr: bigint; size: bigint }): Uint8Array {
  return vfio_user_dma_map.encode({ argsz: vfio_user_dma_map.size, ...map });
}
