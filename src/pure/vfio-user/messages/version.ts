/** VFIO_USER_VERSION (1): a protocol version and capabilities as JSON text (vfio-user specification, "VFIO_USER_VERSION"). */

import { flexibleBytes, u16 } from '../../bytes/c-types.ts';
import { hexDigits } from '../../bytes/hex.ts';
import { struct } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed } from './payload.ts';

export const vfio_user_version = struct('vfio_user_version', { major: u16, minor: u16, data: flexibleBytes() });

/** Longest version data that is parsed, NUL included, in bytes; what clients send has about 200. */
export const MOST_VERSION_DATA = 4096;

/** What one side says that it can do, under the names of the wire. Absent: not said, the default holds. */
export interface Capabilities {
  /** Most handles that the sender takes in one message. */
  readonly max_msg_fds?: number;
  /** Most bytes of data that the sender takes in one message. */
  readonly max_data_xfer_size?: number;
  /** Most DMA ranges at a time. */
  readonly max_dma_maps?: number;
  /** Page sizes of DMA ranges, or'ed together. */
  readonly pgsizes?: number;
  readonly migration?: { readonly pgsize?: number; readonly max_bitmap_size?: number };
  readonly twin_socket?: { readonly supported?: boolean; readonly fd_index?: number };
  readonly write_multiple?: boolean;
}

export interface Version {
  readonly major: number;
  readonly minor: number;
  /** Null where the message holds no version data. */
  readonly capabilities: Capabilities | null;
}

/**
 * Decodes UTF-8 through percent escapes, since the language without a platform has no other decoder. Throws URIError for bytes that are no
 * UTF-8.
 */
function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += byte >= 0x80 || byte === 0x25 ? `%${hexDigits(byte, 2)}` : String.fromCharCode(byte);
  }
  return decodeURIComponent(text);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch {
    throw new MessageError('version data is not JSON in UTF-8');
  }
  return objectOf(value, 'version data');
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MessageError(`${name} is not an object`);
  return value as Record<string, unknown>;
}

type Kind = 'number' | 'boolean';
type Kinds = Readonly<Record<string, Kind>>;
const PLAIN: Kinds = {
  max_msg_fds: 'number',
  max_data_xfer_size: 'number',
  max_dma_maps: 'number',
  pgsizes: 'number',
  write_multiple: 'boolean',
};
const MIGRATION: Kinds = { pgsize: 'number', max_bitmap_size: 'number' };
const TWIN_SOCKET: Kinds = { supported: 'boolean', fd_index: 'number' };

/** The known keys of `value`, each of its kind; unknown keys are left out. */
function pick(value: Record<string, unknown>, kinds: Kinds): Record<string, number | boolean> {
  const picked: Record<string, number | boolean> = {};
  for (const [key, kind] of Object.entries(kinds)) {
    if (!Object.hasOwn(value, key)) continue;
    const given = value[key];
    if (kind === 'boolean' ? typeof given !== 'boolean' : !Number.isSafeInteger(given) || Number(given) < 0) {
      throw new MessageError(`capability ${key} is not a ${kind === 'boolean' ? 'boolean' : 'whole number from 0 on'}`);
    }
    picked[key] = given as number | boolean;
  }
  return picked;
}

function decodeCapabilities(data: Uint8Array): Capabilities | null {
  if (data.length === 0) return null;
  if (data.length > MOST_VERSION_DATA) throw new MessageError(`version data has ${data.length} bytes, at most ${MOST_VERSION_DATA}`);
  const end = data.indexOf(0);
  if (end !== data.length - 1) throw new MessageError('version data does not end with its one NUL');
  const top = parseObject(data.subarray(0, end));
  if (!Object.hasOwn(top, 'capabilities')) return {};
  const given = objectOf(top.capabilities, 'capabilities');
  const capabilities: Record<string, unknown> = pick(given, PLAIN);
  if (Object.hasOwn(given, 'migration')) capabilities.migration = pick(objectOf(given.migration, 'migration'), MIGRATION);
  if (Object.hasOwn(given, 'twin_socket')) capabilities.twin_socket = pick(objectOf(given.twin_socket, 'twin_socket'), TWIN_SOCKET);
  return capabilities as Capabilities;
}

/** MessageError (EINVAL) for a short payload, text that is too long, has no NUL or another one inside, no JSON, or wrong types. */
export function decodeVersion(payload: Uint8Array): Version {
  const { major, minor, data } = decodeFixed(vfio_user_version, payload);
  return { major, minor, capabilities: decodeCapabilities(data) };
}

/** As `decodeVersion`, of a reply that goes on behind its text. */
export function decodeVersionReply(payload: Uint8Array): Version {
  const end = payload.indexOf(0, vfio_user_version.size);
  return decodeVersion(end < 0 ? payload : payload.subarray(0, end + 1));
}

/** The payload of a request or a reply; no version data where `capabilities` is null. */
export function encodeVersion({ major, minor, capabilities }: Version): Uint8Array {
  const text = capabilities === null ? '' : `${JSON.stringify({ capabilities })}\0`;
  return vfio_user_version.encode({ major, minor, data: Uint8Array.from(text, character => character.charCodeAt(0)) });
}
