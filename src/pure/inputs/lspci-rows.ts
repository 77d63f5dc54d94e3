/** One line of an lspci dump: is it a device's address, a row of bytes, or text for people? */
import { hexDigit } from '../bytes/hex.ts';
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
const NO_DIGIT = 0x1000;

/** `HIGH[a] | LOW[b]` is the byte that two digits make, or at least NO_DIGIT where one is none. Looked up 4096 times a device. */
const HIGH = digitTable(4);
const LOW = digitTable(0);

function digitTable(shift: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, code) => {
    const digit = hexDigit(code);
    return digit < 0 ? NO_DIGIT : digit << shift;
  });
}

/**
 * Takes the usual row, `30: ` or `130: ` and sixteen pairs to the end of the line. Gives where the next line begins, or `at`
 * where the line is anything else or not complete.
 */
export function takeFullRow(chunk: Uint8Array, at: number, device: DeviceBytes): number {
  let offset = HIGH[chunk[at]] | LOW[chunk[at + 1]];
  let colon = at + 2;
  if (chunk[colon] !== COLON) offset = (offset << 4) | LOW[chunk[colon++]];
  let end = colon + 1 + 3 * ROW;
  if (chunk[end] === RETURN) end++;
  // An address has no space behind its colon: what is written below never comes from one.
  if (chunk[end] !== NEWLINE || chunk[colon] !== COLON || chunk[colon + 1] !== SPACE || offset > EXTENDED_SIZE - ROW) return at;
  const bytes = device.bytes;
  let seen = 0;
  for (let i = 0, pair = colon + 1; i < ROW; i++, pair += 3) {
    const value = HIGH[chunk[pair + 1]] | LOW[chunk[pair + 2]];
    // Anything but a space between the pairs shows as a bit above those of a byte.
    seen |= value | ((chunk[pair] ^ SPACE) << 8);
    bytes[offset + i] = value;
  }
  if (seen > 0xff) return at;
  device.mark(offset, ROW);
  return end + 1;
}

const ADDRESS = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f](?= |$)/i;

/** The address that a line begins with, or null. Throws InputSyntaxError for one that no device can have. */
export function matchAddress(text: string, line: number): Bdf | null {
  const address = ADDRESS.exec(text)?.[0];
  if (address === undefined) return null;
  try {
    return Bdf.parse(address);
  } catch (error) {
    if (error instanceof BdfError) throw new InputSyntaxError(error.message, line, 1);
    throw error;
  }
}

const ROW_START = /^([0-9a-f]{2,4}): */i;

/** Whether a line looks like a row of bytes at its beginning: an offset, a colon, a space. */
export function isRow(text: string): boolean {
  return /^[0-9a-f]{2,4}: /i.test(text);
}

/**
 * Takes a row of one to sixteen pairs; `??` stands for a byte that is not known. Throws InputSyntaxError with the place of what
 * is wrong; `isCut` says that the line ends with the dump, without a newline.
 */
export function takeRow(text: string, line: number, device: DeviceBytes, isCut: boolean): void {
  const [start = '', digits = ''] = ROW_START.exec(text) ?? [];
  const offset = Number.parseInt(digits, 16);
  const pairs = text.slice(start.length).split(' ');
  if (isCut && (pairs.length < ROW || pairs[ROW - 1]?.length !== 2)) {
    throw new InputSyntaxError('the dump ends in the middle of a row', line, text.length + 1);
  }
  let column = start.length + 1;
  for (const [i, pair] of pairs.entries()) {
    if (!/^(?:[0-9a-f]{2}|\?\?)$/i.test(pair)) {
      throw new InputSyntaxError(`${JSON.stringify(pair)} is no byte: wanted two hexadecimal digits`, line, column);
    }
    if (i === ROW) throw new InputSyntaxError(`a row has more than ${ROW} bytes`, line, column);
    const at = offset + i;
    if (at >= EXTENDED_SIZE) throw new InputSyntaxError(`offset ${at.toString(16)} lies beyond ${EXTENDED_SIZE} bytes`, line, 1);
    if (pair === '??') device.forget(at);
    else {
      device.bytes[at] = Number.parseInt(pair, 16);
      device.mark(at, 1);
    }
    column += 3;
  }
}
