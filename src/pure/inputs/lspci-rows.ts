/** One line of an lspci dump: is it a device's address, a row of bytes, or text for people? */
import { hexDigit, hexDigits } from '../bytes/hex.ts';
import { Bdf, BdfError } from '../pci/bdf.ts';
import { EXTENDED_SIZE } from '../pci/config-space.ts';
import type { DeviceBytes } from './device-bytes.ts';
import { InputSyntaxError } from './input-syntax-error.ts';

/** Bytes of a full row. */
export const ROW = 16;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const COLON = 58;
const NO_BYTE = 0x100;

/** The byte for two digits, looked up by the two characters as they lie in memory, or NO_BYTE. Used 4096 times a device. */
const PAIRS = new Uint16Array(0x10000).fill(NO_BYTE);
const DIGITS = Array.from('0123456789abcdefABCDEF', digit => digit.charCodeAt(0));
for (const high of DIGITS) for (const low of DIGITS) PAIRS[high | (low << 8)] = (hexDigit(high) << 4) | hexDigit(low);

/** A piece of a dump, in the two ways in which it is read. */
export class Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The line that was taken last, from 1. */
  line = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** The offset that two or three digits and a colon at `at` say, or -1 for anything else. */
function rowOffset(bytes: Uint8Array, at: number): number {
  // A row is longer than this: bytes beyond the end read 0, which is no digit, so a cut row is not taken.
  const pair = PAIRS[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? NO_BYTE;
  if (pair === NO_BYTE) return -1;
  if (bytes[at + 2] === COLON) return pair;
  const last = hexDigit(bytes[at + 2] ?? 0);
  return last < 0 || bytes[at + 3] !== COLON ? -1 : (pair << 4) | last;
}

/**
 * Takes the usual rows from `at` on, `30: ` or `130: ` and sixteen pairs to the end of the line, and counts their lines in `chunk.line`.
 * Gives where the first line begins that is anything else, is not complete, or lies below what is known already.
 */
export function takeFullRows(chunk: Chunk, at: number, device: DeviceBytes): number {
  const { bytes, view } = chunk;
  // Rows nearly always follow one another, so a whole run is marked at once.
  let start = device.end;
  let end = start;
  for (;;) {
    const offset = rowOffset(bytes, at);
    const colon = at + (bytes[at + 2] === COLON ? 2 : 3);
    let newline = colon + 1 + 3 * ROW;
    if (bytes[newline] === RETURN) newline++;
    if (offset < 0 || offset > EXTENDED_SIZE - ROW || (offset & 3) !== 0 || bytes[newline] !== NEWLINE) break;
    // Bytes that an earlier row may hold must be compared, which takes longer.
    if (offset < end) break;
    // A row has a space behind its colon and an address has none, so the bytes written below never come from an address.
    if (bytes[colon + 1] !== SPACE || !takePairs(view, colon + 1, device.words, offset >> 2)) break;
    if (offset !== end) {
      device.mark(start, end - start);
      start = offset;
    }
    end = offset + ROW;
    const line = ++chunk.line;
    device.lines[offset >> 4] = line;
    if ((offset & 15) !== 0) device.lines[(offset >> 4) + 1] = line;
    at = newline + 1;
  }
  device.mark(start, end - start);
  return at;
}

/**
 * ` 00 00 0`, `0 00 00 ` and `00 00 00` as they stand in memory, eight characters as one number: a comparison of two is one of all
 * their bits, since none of them is NaN or zero.
 */
const ZEROS = [' 00 00 0', '0 00 00 ', '00 00 00'].map(text => {
  const bytes = Uint8Array.from(text, character => character.charCodeAt(0));
  return new DataView(bytes.buffer).getFloat64(0, true);
});
const [ZEROS_0 = 0, ZEROS_1 = 0, ZEROS_2 = 0] = ZEROS;

/** Whether sixteen pairs are all ` 00`, as most rows of extended config space are; told without looking at each. */
function isZeroRow(view: DataView, at: number): boolean {
  return (
    view.getFloat64(at, true) === ZEROS_0 &&
    view.getFloat64(at + 8, true) === ZEROS_1 &&
    view.getFloat64(at + 16, true) === ZEROS_2 &&
    view.getFloat64(at + 24, true) === ZEROS_0 &&
    view.getFloat64(at + 32, true) === ZEROS_1 &&
    view.getFloat64(at + 40, true) === ZEROS_2
  );
}

/** Writes sixteen pairs, each behind a space, as four words; false where one of them is none. Four characters are read at once. */
function takePairs(view: DataView, at: number, words: Int32Array, word: number): boolean {
  if (isZeroRow(view, at)) {
    for (const end = word + ROW / 4; word < end; word++) words[word] = 0;
    return true;
  }
  let spaces = 0;
  let seen = 0;
  for (const end = word + ROW / 4; word < end; word++, at += 12) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 3, true);
    const c = view.getInt32(at + 6, true);
    const d = view.getInt32(at + 9, true);
    const first = PAIRS[(a >>> 8) & 0xffff] ?? NO_BYTE;
    const second = PAIRS[(b >>> 8) & 0xffff] ?? NO_BYTE;
    const third = PAIRS[(c >>> 8) & 0xffff] ?? NO_BYTE;
    const fourth = PAIRS[(d >>> 8) & 0xffff] ?? NO_BYTE;
    spaces |= (a ^ SPACE) | (b ^ SPACE) | (c ^ SPACE) | (d ^ SPACE);
    seen |= first | second | third | fourth;
    words[word] = first | (second << 8) | (third << 16) | (fourth << 24);
  }
  return seen < NO_BYTE && (spaces & 0xff) === 0;
}

const ADDRESS = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f](?= |$)/i;

/** The address that a line begins with, or null. Throws InputSyntaxError for one that no device can have. */
export function matchAddress(text: string, line: number): Bdf | null {
  const address = ADDRESS.exec(text)?.[0];
  return address === undefined ? null : parseAddress(address, line);
}

/** Throws InputSyntaxError for an address that no device can have. */
export function parseAddress(address: string, line: number): Bdf {
  try {
    return Bdf.parse(address);
  } catch (error) {
    if (error instanceof BdfError) throw new InputSyntaxError(error.message, line, 1);
    throw error;
  }
}

const ROW_START = /^([0-9a-f]{2,4}): */i;

/** Whether a line begins as lspci's rows do: an offset, a colon, a space. */
export function isRow(text: string): boolean {
  return /^[0-9a-f]{2,4}: /i.test(text);
}

/** Writes the pairs of a row at `line`; `??` stands for a byte that is not known. */
export function writePairs(device: DeviceBytes, offset: number, pairs: readonly string[], line: number): void {
  for (const [i, pair] of pairs.entries()) {
    const at = offset + i;
    if (pair === '??') device.forget(at);
    else device.write(at, Number.parseInt(pair, 16), line);
  }
}

/** Throws InputSyntaxError where a row reaches beyond config space. */
export function checkReach(offset: number, count: number, line: number): void {
  if (offset + count <= EXTENDED_SIZE) return;
  const at = Math.max(offset, EXTENDED_SIZE);
  throw new InputSyntaxError(`offset ${hexDigits(at)} lies beyond ${EXTENDED_SIZE} bytes`, line, 1);
}

/** What is wrong with a row that begins as lspci's do and cannot be read, with its place. `isCut`: the dump ends without a newline. */
export function explainRow(text: string, line: number, isCut: boolean): InputSyntaxError {
  const [start = ''] = ROW_START.exec(text) ?? [];
  const pairs = text.slice(start.length).split(' ');
  if (isCut && (pairs.length < ROW || pairs[ROW - 1]?.length !== 2)) return cutRow(text, line);
  let column = start.length + 1;
  for (const [i, pair] of pairs.entries()) {
    if (!/^(?:[0-9a-f]{2}|\?\?)$/i.test(pair)) {
      return new InputSyntaxError(`${JSON.stringify(pair)} is no byte: wanted two hexadecimal digits`, line, column);
    }
    if (i === ROW) break;
    column += 3;
  }
  return new InputSyntaxError(`a row has more than ${ROW} bytes`, line, column);
}

export function cutRow(text: string, line: number): InputSyntaxError {
  return new InputSyntaxError('the dump ends in the middle of a row', line, text.length + 1);
}
