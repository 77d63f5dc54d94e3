/** Cuts a large lspci dump into segments that begin at a device, so that threads can take one each. */
import { readSync } from 'node:fs';

const NEWLINE = 10;
const COLON = 58;
const DOT = 46;
const SPACE = 32;

/** Bytes per read in the search for a device's beginning: the longest text of a device is a few hundred kilobytes. */
const STEP = 64 * 1024;

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

/** Whether a device's address line begins at `at`: `[DDDD:]BB:DD.F ` (a row of bytes has a space behind its colon). */
function isAddress(bytes: Uint8Array, at: number): boolean {
  const digits = (from: number) => {
    let end = from;
    while (isHex(bytes[end])) end++;
    return end - from;
  };
  let place = at;
  const first = digits(place);
  if (first >= 4 && first <= 8 && bytes[place + first] === COLON) place += first + 1;
  if (digits(place) !== 2 || bytes[place + 2] !== COLON || digits(place + 3) !== 2 || bytes[place + 5] !== DOT) return false;
  return digits(place + 6) === 1 && (bytes[place + 7] === SPACE || bytes[place + 7] === NEWLINE);
}

/** The longest address, with the character behind it. */
const ADDRESS_LENGTH = 17;

/** The offset of the first device that begins at or behind `from`, or `size` where none does. */
export function findDevice(fd: number, from: number, size: number): number {
  if (from <= 0) return 0;
  const bytes = new Uint8Array(STEP + ADDRESS_LENGTH);
  // One byte earlier, so that a device at `from` itself is seen behind its newline.
  for (let at = from - 1; at < size; at += STEP) {
    const length = readSync(fd, bytes, 0, Math.min(bytes.length, size - at), at);
    bytes.fill(0, length);
    for (let i = bytes.indexOf(NEWLINE); i >= 0 && i < Math.min(STEP, length); i = bytes.indexOf(NEWLINE, i + 1)) {
      if (isAddress(bytes, i + 1)) return at + i + 1;
    }
  }
  return size;
}
