/** How C's library reads numbers: `strtoll` of C23 with base 0, and `strtoul` with a fixed base (C23 §7.24.1.7). */

/** The number that `digits` spell, or 2^64 for a greater one: reading a million digits would take long, and no type holds them. */
export function boundedBigInt(prefix: '' | '0x' | '0b' | '0o', digits: string): bigint {
  // More than 64 digits after the zeros in front are more than 64 bits in every base.
  const significant = digits.replace(/^0+/, '');
  return significant.length > 64 ? 2n ** 64n : BigInt(prefix + (significant || '0'));
}

/** A whole text as `strtoll(text, 0)` and `strtoull(text, 0)` read it, of any sign; 2^64 or more beyond 64 bits; null for no integer. */
export function parseInteger(text: string): bigint | null {
  const match = /^[ \t-\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|(0[0-7]*)|([1-9][0-9]*))$/.exec(text);
  if (!match) return null;
  const [, sign, hexadecimal, binary, octal, decimal = ''] = match;
  let magnitude = boundedBigInt('', decimal);
  if (hexadecimal) magnitude = boundedBigInt('0x', hexadecimal);
  else if (binary) magnitude = boundedBigInt('0b', binary);
  else if (octal) magnitude = boundedBigInt('0o', octal);
  return sign === '-' ? -magnitude : magnitude;
}

/** What `strtoul` read and how many characters it took, spaces and sign included. */
export interface ScannedNumber {
  value: bigint;
  length: number;
}

/** `strtoul(text, base)`: the number at the start of `text`, a negative one wrapped, a too great one 2^64 - 1; null where no digit. */
export function scanUnsigned(text: string, base: 10 | 16): ScannedNumber | null {
  const match = (base === 16 ? /^[ \t-\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)/ : /^[ \t-\r]*([+-]?)([0-9]+)/).exec(text);
  if (!match) return null;
  const [all, sign, digits = ''] = match;
  const magnitude = boundedBigInt(base === 16 ? '0x' : '', digits);
  const limit = 2n ** 64n - 1n;
  if (magnitude > limit) return { value: limit, length: all.length };
  return { value: BigInt.asUintN(64, sign === '-' ? -magnitude : magnitude), length: all.length };
}
