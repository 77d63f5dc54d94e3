/** Hexadecimal text and bytes. */

const DIGITS = '0123456789abcdef';
const PAIRS = Array.from({ length: 256 }, (_, value) => DIGITS.charAt(value >> 4) + DIGITS.charAt(value & 15));

/** Two lower-case digits a byte, no separator. */
export function formatHexBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

/** At least `digits` lower-case digits, no prefix: `hexDigits(0x1b, 4)` is `001b`. */
export function hexDigits(value: number | bigint, digits = 1): string {
  return value.toString(16).padStart(digits, '0');
}

/** The same behind `0x`: `formatHex(0x1b, 4)` is `0x001b`. */
export function formatHex(value: number | bigint, digits = 1): `0x${string}` {
  return `0x${hexDigits(value, digits)}`;
}

/** The value 0 to 15 of an ASCII code that is a hexadecimal digit, -1 for any other. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Bytes of a text of hexadecimal digit pairs without separators. Throws SyntaxError where it is anything else. */
export function parseHexBytes(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new SyntaxError(`hex text has ${text.length} digits: wanted two for each byte`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0)
      throw new SyntaxError(`hex text holds "${text.slice(2 * i, 2 * i + 2)}" at digit ${2 * i}: wanted two of 0-9 a-f`);
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}
