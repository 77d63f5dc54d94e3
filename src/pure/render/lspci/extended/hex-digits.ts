/** Numbers as lspci prints them inside a line: hexadecimal without a prefix. */

/** At least `digits` lower-case hexadecimal digits, no prefix. */
export function hexDigits(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
