/** VFIO_USER_DMA_READ and VFIO_USER_DMA_WRITE (11, 12), server to client: guest memory by message (vfio-user specification). */
import { flexibleBytes, u64 } from '../../bytes/c-types.ts';
import { struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed } from './payload.ts';

export const vfio_user_dma_region_access = struct('vfio_user_dma_region_access', { addr: u64, count: u64, data: flexibleBytes() });

export interface DmaPlace {
  readonly addr: bigint;
  readonly count: number;
}

export function encodeDmaAccess({ addr, count }: DmaPlace, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return vfio_user_dma_region_access.encode({ addr, count: BigInt(count), data });
}

/** Address and count, and the data in place: copying up to a mebibyte would be most of the work. */
function decodePlace(payload: Uint8Array): { addr: bigint; count: bigint; data: Uint8Array } {
  const { addr, count } = decodeFixed(vfio_user_dma_region_access, payload.subarray(0, vfio_user_dma_region_access.size));
  return { addr, count, data: payload.subarray(vfio_user_dma_region_access.size) };
}

/** A request as a client takes it, its data in place. MessageError for a count above `limit`, and for more or less data than it says. */
export function decodeDmaRequest(payload: Uint8Array, limit: number, isWrite: boolean): DmaPlace & { readonly data: Uint8Array } {
  const { addr, count, data } = decodePlace(payload);
  if (count > BigInt(limit)) throw new MessageError(`${count} bytes, at most ${limit}`);
  if (data.length !== (isWrite ? Number(count) : 0)) throw new MessageError(`${data.length} bytes of data for a count of ${count}`);
  return { addr, count: Number(count), data };
}

function judgePlace(said: { addr: bigint; count: bigint }, asked: DmaPlace): void {
  if (said.addr !== asked.addr || said.count !== BigInt(asked.count)) throw new MessageError('the reply is to another access');
}

/** The data of a reply to DMA_READ, in place. MessageError where it is not what was asked for. */
export function decodeDmaReadReply(payload: Uint8Array, asked: DmaPlace): Uint8Array {
  const { data, ...said } = decodePlace(payload);
  judgePlace(said, asked);
  if (data.length !== asked.count) throw new MessageError(`${data.length} bytes of data for a count of ${asked.count}`);
  return data;
}

/** The specification's table gives this reply a count of 4 bytes, the structs of clients and servers one of 8; some send no count. */
const SHORT_REPLY = 12;

/** Judges a reply to DMA_WRITE. MessageError for a reply to another request. */
export function decodeDmaWriteReply(payload: Uint8Array, asked: DmaPlace): void {
  if (payload.length === 0) return;
  if (payload.length !== SHORT_REPLY && payload.length !== vfio_user_dma_region_access.size) {
    throw new MessageError(`${payload.length} bytes of payload`);
  }
  const whole = new Uint8Array(vfio_user_dma_region_access.size);
  whole.set(payload);
  judgePlace(vfio_user_dma_region_access.decode(whole), asked);
}
