/** .xz files: streams of blocks that are checked (The .xz File Format 1.2). */
import { crc32, crc64 } from './checksums.ts';
import { decodeLzma2 } from './lzma2.ts';
import { Output } from './output.ts';
import { UnpackError } from './unpack-error.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];
const HEADER = 12;
const FOOTER = 12;
const LZMA2_FILTER = 33;
/** Kinds of checks (§2.1.1.2), with their bytes. */
const CHECKS: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8 };

const fault = (words: string): UnpackError => new UnpackError(`it is not valid xz: ${words}`);

const number32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;

/** A number of seven bits a byte, low ones first (§1.2), and where it ends. */
function readNumber(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw fault('a number is too long');
}

/** Checks a block's header (§3.1); gives where its data begin. */
function checkBlockHeader(bytes: Uint8Array, at: number): number {
  const size = ((bytes[at] ?? 0) + 1) * 4;
  const end = at + size;
  if (end > bytes.length) throw fault('it ends too early');
  if (crc32(bytes.subarray(at, end - 4)) !== number32(bytes, end - 4)) throw fault("a block's header is damaged");
  const flags = bytes[at + 1] ?? 0;
  let next = at + 2;
  if ((flags & 0x40) !== 0) [, next] = readNumber(bytes, next);
  if ((flags & 0x80) !== 0) [, next] = readNumber(bytes, next);
  const [filter] = readNumber(bytes, next);
  // Filters for machine code come before LZMA2; text has none.
  if ((flags & 3) !== 0 || filter !== LZMA2_FILTER)
    throw new UnpackError('it has a filter that is not read here: give the output of xz -dc');
  return end;
}

function checkContent(content: Uint8Array, kind: number, bytes: Uint8Array, at: number): void {
  const [low, high] = kind === 4 ? crc64(content) : [kind === 1 ? crc32(content) : 0, 0];
  const isSame = kind === 0 || (low === number32(bytes, at) && (kind === 1 || high === number32(bytes, at + 4)));
  if (!isSame) throw fault('its checksum is another');
}

/** Unpacks the stream at `at`; gives where it ends. */
function unpackStream(bytes: Uint8Array, at: number, out: Output): number {
  if (!MAGIC.every((byte, i) => bytes[at + i] === byte)) throw fault('a stream does not begin as one');
  const kind = bytes[at + 7] ?? 0;
  const check = CHECKS[kind];
  if (crc32(bytes.subarray(at + 6, at + 8)) !== number32(bytes, at + 8)) throw fault("a stream's header is damaged");
  if (check === undefined) throw new UnpackError('its check is one that is not verified here: give the output of xz -dc');
  let next = at + HEADER;
  const aligned = (from: number): number => from + ((4 - ((from - at) & 3)) & 3);
  while (bytes[next] !== 0) {
    if (next >= bytes.length) throw fault('it ends too early');
    const from = out.length;
    next = aligned(decodeLzma2(bytes, checkBlockHeader(bytes, next), out));
    if (next + check > bytes.length) throw fault('it ends too early');
    checkContent(out.bytes.subarray(from, out.length), kind, bytes, next);
    next += check;
  }
  // The index (§4): how many blocks, and two numbers of each.
  let [count, end] = readNumber(bytes, next + 1);
  for (; count > 0; count--) {
    if (end >= bytes.length) throw fault('it ends too early');
    [, end] = readNumber(bytes, end);
    [, end] = readNumber(bytes, end);
  }
  end = aligned(end) + 4 + FOOTER;
  if (end > bytes.length || bytes[end - 2] !== 0x59 || bytes[end - 1] !== 0x5a) throw fault('it ends too early');
  return end;
}

/**
 * The content of a .xz file, of at most `most` bytes.
 * @throws UnpackError
 */
export function unpackXz(bytes: Uint8Array, most: number): Uint8Array {
  const out = new Output(most);
  let at = 0;
  while (at < bytes.length) {
    at = unpackStream(bytes, at, out);
    // Streams may have padding behind them.
    while (at < bytes.length && bytes[at] === 0) at++;
  }
  return out.whole();
}
