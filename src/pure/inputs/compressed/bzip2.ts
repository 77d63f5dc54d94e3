/** bzip2 files: blocks of a Burrows-Wheeler transform, moved to front, in prefix codes (as bzip2 1.0 writes them; there is no specification). */
import { Bits } from './bits.ts';
import { crc32HighFirst } from './checksums.ts';
import { Output } from './output.ts';
import { PrefixCode } from './prefix-code.ts';
import { UnpackError } from './unpack-error.ts';

/** Symbols that a prefix code is used for before the next one is chosen. */
const GROUP = 50;
const LONGEST = 20;
/** Equal bytes after which a count stands for more of them. */
const RUN = 4;
const LEVEL = 100_000;

const fault = (words: string): UnpackError => new UnpackError(`it is not valid bzip2: ${words}`);

/** Bytes that occur in the block: sixteen bits that say where, and sixteen for each of them. */
function readUsed(bits: Bits): number[] {
  const ranges = bits.take(16);
  const used: number[] = [];
  for (let i = 0; i < 16; i++) {
    if (((ranges >>> (15 - i)) & 1) === 0) continue;
    const own = bits.take(16);
    for (let j = 0; j < 16; j++) if (((own >>> (15 - j)) & 1) !== 0) used.push(16 * i + j);
  }
  return used;
}

/** Takes the entry at `place` to the front, and gives it. */
function toFront(list: number[], place: number): number {
  const [value] = list.splice(place, 1);
  if (value === undefined) throw fault('a place is out of range');
  list.unshift(value);
  return value;
}

function readSelectors(bits: Bits, codes: number): number[] {
  const count = bits.take(15);
  const order = Array.from({ length: codes }, (_, i) => i);
  return Array.from({ length: count }, () => {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= codes) throw fault('a selector is out of range');
    return toFront(order, place);
  });
}

function readCode(bits: Bits, symbols: number): PrefixCode {
  let length = bits.take(5);
  const lengths = Array.from({ length: symbols }, () => {
    while (bits.take(1) === 1) length += bits.take(1) === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST) throw fault('a code has no length that can be');
    return length;
  });
  return new PrefixCode(lengths);
}

/** The last column of the sorted rotations, in the low byte of each entry. */
function readColumn(bits: Bits, most: number): Uint32Array {
  const used = readUsed(bits);
  if (used.length === 0) throw fault('a block has no bytes');
  const count = bits.take(3);
  if (count < 2 || count > 6) throw fault('a block has no codes');
  const selectors = readSelectors(bits, count);
  const codes = Array.from({ length: count }, () => readCode(bits, used.length + 2));
  const column = new Uint32Array(most);
  const end = used.length + 1;
  let [length, group, left, run, weight] = [0, 0, 0, 0, 1];
  let code: PrefixCode | undefined;
  for (;;) {
    if (left === 0) {
      code = codes[selectors[group++] ?? count];
      left = GROUP;
    }
    if (code === undefined) throw fault('there are too few selectors');
    left--;
    const symbol = code.decode(bits);
    if (symbol <= 1) {
      // Digits of a number with the digits 1 and 2, low one first: how often the front byte comes.
      run += weight << symbol;
      weight *= 2;
      if (run > most) throw fault('a run is longer than its block');
      continue;
    }
    if (length + run > most) throw fault('a block is too long');
    column.fill(used[0] ?? 0, length, length + run);
    length += run;
    [run, weight] = [0, 1];
    if (symbol === end) return column.subarray(0, length);
    if (length >= most) throw fault('a block is too long');
    column[length++] = toFront(used, symbol - 1);
  }
}

/** Undoes the transform: the bytes from the rotation `origin` on. */
function invert(column: Uint32Array, origin: number): Uint8Array {
  if (origin >= column.length) throw fault('its origin is out of range');
  const starts = new Uint32Array(257);
  for (const byte of column) starts[byte + 1] = (starts[byte + 1] ?? 0) + 1;
  for (let byte = 0; byte < 256; byte++) starts[byte + 1] = (starts[byte + 1] ?? 0) + (starts[byte] ?? 0);
  for (let i = 0; i < column.length; i++) {
    const byte = (column[i] ?? 0) & 0xff;
    const at = starts[byte] ?? 0;
    starts[byte] = at + 1;
    column[at] = (column[at] ?? 0) + i * 256;
  }
  const bytes = new Uint8Array(column.length);
  let next = (column[origin] ?? 0) >>> 8;
  for (let i = 0; i < bytes.length; i++) {
    const entry = column[next] ?? 0;
    bytes[i] = entry & 0xff;
    next = entry >>> 8;
  }
  return bytes;
}

/** Undoes the runs that bzip2 shortens before all else. */
function expandRuns(bytes: Uint8Array, out: Output): void {
  let [equal, last] = [0, -1];
  for (const byte of bytes) {
    if (equal === RUN) {
      out.reserve(byte);
      out.bytes.fill(last, out.length, out.length + byte);
      out.length += byte;
      [equal, last] = [0, -1];
      continue;
    }
    out.reserve(1);
    out.bytes[out.length++] = byte;
    equal = byte === last ? equal + 1 : 1;
    last = byte;
  }
}

/** Unpacks the stream that is next. */
function unpackStream(bits: Bits, out: Output): void {
  const [mark, level] = [bits.take(24), bits.take(8) - 0x30];
  if (mark !== 0x425a68 || level < 1 || level > 9) throw fault('a stream does not begin as one');
  let combined = 0;
  for (;;) {
    const [high, low] = [bits.take(24), bits.take(24)];
    const crc = bits.take(32);
    if (high === 0x177245 && low === 0x385090) {
      if (crc !== combined >>> 0) throw fault('its checksum is another');
      return;
    }
    if (high !== 0x314159 || low !== 0x265359) throw fault('a block does not begin as one');
    if (bits.take(1) === 1) throw new UnpackError('its blocks are randomised, which is not read here: give the output of bzip2 -dc');
    const origin = bits.take(24);
    const from = out.length;
    expandRuns(invert(readColumn(bits, level * LEVEL), origin), out);
    if (crc32HighFirst(out.bytes.subarray(from, out.length)) !== crc) throw fault("a block's checksum is another");
    combined = ((combined << 1) | (combined >>> 31)) ^ crc;
  }
}

/**
 * The content of a bzip2 file, of at most `most` bytes.
 * @throws UnpackError
 */
export function unpackBzip2(bytes: Uint8Array, most: number): Uint8Array {
  const bits = new Bits(bytes);
  const out = new Output(most);
  do unpackStream(bits, out);
  while (bits.align());
  return out.whole();
}
