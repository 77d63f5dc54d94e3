/** QEMU's `size`: bytes in decimal or hexadecimal; a decimal may have a suffix B, K, M, G, T, P, E (1024 each) and a fraction. */
import { type PropertyType, parameterError } from '../property-type.ts';
import { boundedBigInt } from './c-number.ts';

const greatest = 2n ** 64n - 1n;

/** The number of bytes, or null where the text is no size below 2^64. */
function parseSize(text: string): bigint | null {
  const hex = /^[ \t-\r]*\+?0[xX]([0-9a-fA-F]+)$/.exec(text);
  if (hex?.[1]) {
    const value = boundedBigInt('0x', hex[1]);
    return value > greatest ? null : value;
  }
  const match = /^[ \t-\r]*\+?(?=\.?[0-9])([0-9]*)(\.[0-9]*)?([bkmgtpe]?)$/i.exec(text);
  if (!match) return null;
  const [, whole = '', point = '', suffix = ''] = match;
  const unit = 1024n ** BigInt(Math.max(0, 'bkmgtpe'.indexOf(suffix.toLowerCase() || 'b')));
  // The part after the point is a double in QEMU, and rounded half up; there is no half byte.
  const fraction = Number(point === '' || point === '.' ? 0 : `0${point}`);
  if (unit === 1n && fraction !== 0) return null;
  const value = boundedBigInt('', whole) * unit + BigInt(Math.floor(fraction * Number(unit) + 0.5));
  return value > greatest ? null : value;
}

export const size: PropertyType = {
  name: 'size',
  takes: 'a number of bytes, such as 4096 or 4k',
  parse(text, property) {
    const value = parseSize(text);
    if (value === null) throw parameterError(property, 'expects size');
    return value;
  },
  format: value => (value === null ? '' : String(value)),
};
