/** The header before every message, and how a stream is cut into messages (vfio-user specification 0.9.2, "Header" and "Commands"). */

import { u16, u32 } from '../bytes/c-types.ts';
import { formatHex } from '../bytes/hex.ts';
import { struct } from '../bytes/struct.ts';
import { EINVAL } from '../spec/errno.ts';
import type { MessageBuffer } from './endpoint.ts';
import { ProtocolError } from './protocol-error.ts';

export const vfio_user_header = struct('vfio_user_header', { msg_id: u16, cmd: u16, msg_size: u32, flags: u32, error_no: u32 });
/** Bytes of the header that every message begins with. */
export const HEADER_SIZE = vfio_user_header.size;

/** Offsets in the header, for the path that reads and writes it in place. */
export const MSG_ID = vfio_user_header.fields.msg_id.offset;
export const CMD = vfio_user_header.fields.cmd.offset;
export const MSG_SIZE = vfio_user_header.fields.msg_size.offset;
export const FLAGS = vfio_user_header.fields.flags.offset;
export const ERROR_NO = vfio_user_header.fields.error_no.offset;

export const VFIO_USER_F_TYPE_MASK = 0xf;
export const VFIO_USER_F_TYPE_COMMAND = 0x0;
export const VFIO_USER_F_TYPE_REPLY = 0x1;
export const VFIO_USER_F_NO_REPLY = 0x10;
export const VFIO_USER_F_ERROR = 0x20;

export const VFIO_USER_VERSION = 1;
export const VFIO_USER_DMA_MAP = 2;
export const VFIO_USER_DMA_UNMAP = 3;
export const VFIO_USER_DEVICE_GET_INFO = 4;
export const VFIO_USER_DEVICE_GET_REGION_INFO = 5;
export const VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6;
export const VFIO_USER_DEVICE_GET_IRQ_INFO = 7;
export const VFIO_USER_DEVICE_SET_IRQS = 8;
export const VFIO_USER_REGION_READ = 9;
export const VFIO_USER_REGION_WRITE = 10;
export const VFIO_USER_DMA_READ = 11;
export const VFIO_USER_DMA_WRITE = 12;
export const VFIO_USER_DEVICE_RESET = 13;
/** Obsolete: gone from the specification, still sent by old clients. */
export const VFIO_USER_DIRTY_PAGES = 14;
export const VFIO_USER_REGION_WRITE_MULTI = 15;
export const VFIO_USER_DEVICE_FEATURE = 16;
export const VFIO_USER_MIG_DATA_READ = 17;
export const VFIO_USER_MIG_DATA_WRITE = 18;
/** One more than the last command. */
export const VFIO_USER_MAX = 19;

/** Command names by number; 0 is no command. */
// biome-ignore format: a row of names
const NAMES = [
  'NONE', 'VERSION', 'DMA_MAP', 'DMA_UNMAP', 'DEVICE_GET_INFO', 'DEVICE_GET_REGION_INFO', 'DEVICE_GET_REGION_IO_FDS',
  'DEVICE_GET_IRQ_INFO', 'DEVICE_SET_IRQS', 'REGION_READ', 'REGION_WRITE', 'DMA_READ', 'DMA_WRITE', 'DEVICE_RESET', 'DIRTY_PAGES',
  'REGION_WRITE_MULTI', 'DEVICE_FEATURE', 'MIG_DATA_READ', 'MIG_DATA_WRITE',
] as const;

/** A command's name without its prefix: `REGION_READ`; `unknown (0x2a)` for a number that is no command. */
export function commandName(command: number): string {
  return NAMES[command] ?? `unknown (${formatHex(command)})`;
}

/**
 * A buffer for messages of up to `size` bytes.
 * @throws RangeError for a size that no buffer can have
 */
export function createMessageBuffer(size: number): MessageBuffer {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** The error that ends a connection because of the message whose header is at `at`. */
export function faultAt(view: DataView, at: number, text: string, errno: number = EINVAL): ProtocolError {
  const command = view.getUint16(at + CMD, true);
  const messageId = view.getUint16(at + MSG_ID, true);
  const flags = view.getUint32(at + FLAGS, true);
  const isSilent = (flags & VFIO_USER_F_TYPE_MASK) === VFIO_USER_F_TYPE_COMMAND && (flags & VFIO_USER_F_NO_REPLY) !== 0;
  const header = new Uint8Array(view.buffer, view.byteOffset + at, HEADER_SIZE).slice();
  return new ProtocolError(`${commandName(command)} ${messageId}: ${text}`, { command, messageId, errno, isSilent, header });
}

/**
 * Length in bytes of the message at `at`, of which `available` bytes are there; 0 while it is not complete.
 * @throws ProtocolError for a size that no message has (below the header's, above `limit`), as soon as the header says it
 */
export function messageLength(view: DataView, at: number, available: number, limit: number): number {
  if (available < HEADER_SIZE) return 0;
  const size = view.getUint32(at + MSG_SIZE, true);
  if (size < HEADER_SIZE) throw faultAt(view, at, `size ${size} is below the header's ${HEADER_SIZE}`);
  if (size > limit) throw faultAt(view, at, `size ${size} is above the limit of ${limit}`);
  return size <= available ? size : 0;
}

/** Writes the header of a reply to `id` and `command`; returns `length`, the whole message's. */
export function writeReplyHeader(view: DataView, id: number, command: number, length: number): number {
  view.setUint16(MSG_ID, id, true);
  view.setUint16(CMD, command, true);
  view.setUint32(MSG_SIZE, length, true);
  view.setUint32(FLAGS, VFIO_USER_F_TYPE_REPLY, true);
  view.setUint32(ERROR_NO, 0, true);
  return length;
}

/** Writes what the peer is told before its connection ends; returns its length, 0 where nothing is. */
export function writeFault(view: DataView, { messageId, command, errno, isSilent }: ProtocolError): number {
  return isSilent ? 0 : writeErrorReply(view, messageId, command, errno);
}

/** Writes an error reply, which is a header and nothing else; returns its length. */
export function writeErrorReply(view: DataView, id: number, command: number, errno: number): number {
  writeReplyHeader(view, id, command, HEADER_SIZE);
  view.setUint32(FLAGS, VFIO_USER_F_TYPE_REPLY | VFIO_USER_F_ERROR, true);
  view.setUint32(ERROR_NO, errno, true);
  return HEADER_SIZE;
}
