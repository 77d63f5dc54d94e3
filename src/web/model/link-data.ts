/** Inputs within a link: their bytes compressed, in base64url (RFC 4648 §5), which no program changes on its way. */
import type { NamedBytes } from './read-input.ts';

/** What a link may hold, in characters; programs that pass links on cut or refuse longer ones. */
export const MOST_DATA_CHARACTERS = 1_000_000;
/** What its data may unpack to. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A link's data that cannot be used; the message says why. */
export class LinkDataError extends Error {
  override readonly name = 'LinkDataError';
}

/** `definition`: of a VM; `input`: of a host. */
export interface LinkedInput extends NamedBytes {
  readonly kind: 'input' | 'definition';
}

interface Listed {
  readonly kind: LinkedInput['kind'];
  readonly name: string;
  readonly size: number;
}

/** The bytes of a stream. Throws LinkDataError for more than `most`. */
async function collect(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel().catch(() => {});
      throw new LinkDataError(`it unpacks to more than ${most} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const throughStream = (bytes: Uint8Array, stream: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> =>
  new Blob([bytes.slice()]).stream().pipeThrough(stream as unknown as TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>);

/** Bytes, a multiple of three. Pieces, since a function takes no more arguments than some ten thousand. */
const PIECE = 24_576;

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text)) throw new LinkDataError('it is not base64url');
  try {
    return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), character => character.charCodeAt(0));
  } catch {
    throw new LinkDataError('it is not base64url');
  }
}

/** The list of the inputs as a line of JSON, then their bytes: compressed together, since captures are alike. */
export async function encodeLinkData(inputs: readonly LinkedInput[]): Promise<string> {
  const list: readonly Listed[] = inputs.map(({ kind, name, bytes }) => ({ kind, name, size: bytes.length }));
  const head = new TextEncoder().encode(`${JSON.stringify(list)}\n`);
  const blob = new Blob([head, ...inputs.map(({ bytes }) => bytes.slice())]);
  const packed = blob
    .stream()
    .pipeThrough(new CompressionStream('deflate-raw') as unknown as TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>);
  const bytes = await collect(packed, MOST_BYTES);
  return toBase64Url(bytes);
}

function isListed(value: unknown): value is Listed {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name, size } = value as Record<string, unknown>;
  return (kind === 'input' || kind === 'definition') && typeof name === 'string' && Number.isSafeInteger(size) && Number(size) >= 0;
}

function readList(head: Uint8Array): readonly Listed[] {
  try {
    const list: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head));
    if (Array.isArray(list) && list.every(isListed)) return list;
  } catch {
    // Told below.
  }
  throw new LinkDataError('it does not begin with the list of its inputs');
}

/** The inputs of a link's data. Throws LinkDataError for any text that {@link encodeLinkData} did not make. */
export async function decodeLinkData(text: string): Promise<readonly LinkedInput[]> {
  if (text.length > MOST_DATA_CHARACTERS) throw new LinkDataError(`it has more than ${MOST_DATA_CHARACTERS} characters`);
  const packed = fromBase64Url(text);
  const bytes = await collect(throughStream(packed, new DecompressionStream('deflate-raw')), MOST_BYTES).catch((error: unknown) => {
    throw error instanceof LinkDataError ? error : new LinkDataError('it is cut, or was changed on its way');
  });
  const end = bytes.indexOf(0x0a);
  const list = readList(bytes.subarray(0, Math.max(0, end)));
  let at = end + 1;
  if (list.reduce((sum, { size }) => sum + size, at) !== bytes.length) throw new LinkDataError('its list does not fit its length');
  return list.map(({ kind, name, size }) => {
    const own = bytes.slice(at, at + size);
    at += size;
    return { kind, name, bytes: own };
  });
}
