/** VFIO_USER_DMA_UNMAP (3): takes one range back, or all of them (vfio-user specification, "VFIO_USER_DMA_UNMAP"). */

import { u32, u64 } from '../../bytes/c-types.ts';
import { formatHex } from '../../bytes/hex.ts';
import { type Decoded, struct } from '../../bytes/struct.ts';
import { EOPNOTSUPP } from '../../spec/errno.ts';
import { VFIO_DMA_UNMAP_FLAG_ALL, VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP } from '../../spec/vfio/type1.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeExact, requireRoom } from './payload.ts';

export const vfio_user_dma_unmap = struct('vfio_user_dma_unmap', { argsz: u32, flags: u32, addr: u64, size: u64 });

/** MessageError: EOPNOTSUPP for a dirty bitmap, EINVAL for other flags, for ALL with a range and for a range of no bytes. */
export function decodeDmaUnmap(payload: Uint8Array): Decoded<typeof vfio_user_dma_unmap> {
  const unmap = decodeExact(vfio_user_dma_unmap, payload);
  const { argsz, flags, addr, size } = unmap;
  requireRoom(argsz, vfio_user_dma_unmap.size);
  if ((flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) !== 0) throw new MessageError('no dirty pages are logged', EOPNOTSUPP);
  if ((flags & ~VFIO_DMA_UNMAP_FLAG_ALL) !== 0) throw new MessageError(`unknown flags ${formatHex(flags)}`);
  const isAll = flags === VFIO_DMA_UNMAP_FLAG_ALL;
  if (isAll && (addr !== 0n || size !== 0n)) throw new MessageError('all ranges, and an address or size as well');
  if (!isAll && size === 0n) throw new MessageError('a range of no bytes');
  return unmap;
}

/** The payload that takes back the range mapped as exactly this; all ranges where none is given. */
export function encodeDmaUnmap(range?: { addr: bigint; size: bigint }): Uint8Array {
  const argsz = vfio_user_dma_unmap.size;
  return vfio_user_dma_unmap.encode(range ? { argsz, ...range } : { argsz, flags: VFIO_DMA_UNMAP_FLAG_ALL });
}
