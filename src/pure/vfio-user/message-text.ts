/** One line of text about a message, for a log. */
import { formatHex, hexDigits } from '../bytes/hex.ts';
import {
  CMD,
  commandName,
  ERROR_NO,
  FLAGS,
  HEADER_SIZE,
  MSG_ID,
  VFIO_USER_DMA_READ,
  VFIO_USER_DMA_WRITE,
  VFIO_USER_F_ERROR,
  VFIO_USER_F_NO_REPLY,
  VFIO_USER_F_TYPE_MASK,
  VFIO_USER_REGION_READ,
  VFIO_USER_REGION_WRITE,
} from './message.ts';
import { ACCESS_COUNT, ACCESS_DATA, ACCESS_OFFSET, ACCESS_REGION } from './messages/region-access.ts';

/** Most bytes of data that a line shows. */
const MOST_BYTES = 8;

function formatData(view: DataView, at: number, end: number): string {
  if (end <= at) return '';
  const shown = Math.min(end, at + MOST_BYTES);
  let text = ' data';
  for (let i = at; i < shown; i++) text += ` ${hexDigits(view.getUint8(i), 2)}`;
  return shown < end ? `${text} …` : text;
}

function formatPlace(view: DataView, at: number, length: number): string {
  const command = view.getUint16(at + CMD, true);
  if (length < ACCESS_DATA) return '';
  const data = formatData(view, at + ACCESS_DATA, at + length);
  const first = formatHex(view.getBigUint64(at + ACCESS_OFFSET, true));
  if (command === VFIO_USER_REGION_READ || command === VFIO_USER_REGION_WRITE) {
    return ` region ${view.getUint32(at + ACCESS_REGION, true)} offset ${first} count ${view.getUint32(at + ACCESS_COUNT, true)}${data}`;
  }
  if (command !== VFIO_USER_DMA_READ && command !== VFIO_USER_DMA_WRITE) return '';
  return ` address ${first} count ${view.getBigUint64(at + HEADER_SIZE + 8, true)}${data}`;
}

/**
 * `REGION_READ 7, 32 bytes: region 7 offset 0x10 count 4`; a reply says so and names its error number.
 * The message of `length` bytes is at `at`; `handles` came or go with it.
 */
export function formatMessage(view: DataView, at: number, length: number, handles: number): string {
  const flags = view.getUint32(at + FLAGS, true);
  const type = (flags & VFIO_USER_F_TYPE_MASK) === 0 ? '' : ' reply';
  const silent = (flags & VFIO_USER_F_NO_REPLY) === 0 ? '' : ', no reply wanted';
  const error = (flags & VFIO_USER_F_ERROR) === 0 ? '' : `, error ${view.getUint32(at + ERROR_NO, true)}`;
  const files = handles === 0 ? '' : `, ${handles} ${handles === 1 ? 'handle' : 'handles'}`;
  const place = formatPlace(view, at, length);
  const name = `${commandName(view.getUint16(at + CMD, true))} ${view.getUint16(at + MSG_ID, true)}`;
  return `${name}${type}, ${length} bytes${files}${silent}${error}${place === '' ? '' : `:${place}`}`;
}
