/** Groups of hexadecimal digits, and the column of characters that some programs print beside them. */

/** The bytes of `groups`, which may begin with `0x` or end with `h`. */
export function decodeGroups(groups: readonly string[], order: 'bytes' | 'little'): Uint8Array {
  const bytes: number[] = [];
  for (const group of groups) {
    const digits = group.replace(/^0x|h$/gi, '');
    const own: number[] = [];
    for (let at = 0; at < digits.length; at += 2) own.push(Number.parseInt(digits.slice(at, at + 2), 16));
    bytes.push(...(order === 'little' ? own.reverse() : own));
  }
  return Uint8Array.from(bytes);
}

const isPrintable = (byte: number): boolean => byte > 0x20 && byte < 0x7f;

/** Whether `column` has the characters of `row`; null where it has none that tells. */
export function isAsColumn(row: Uint8Array, column: string): boolean | null {
  let told = 0;
  for (const [i, byte] of row.entries()) {
    const character = column[i];
    if (character === undefined || character === ' ') continue;
    const isDot = character === '.';
    if (!isDot && character.charCodeAt(0) !== byte) return false;
    if (isDot && isPrintable(byte) && byte !== 0x2e) return false;
    if (!isDot) told++;
  }
  return told > 0 ? true : null;
}
