/** Arrays of a programming language: `{ 0x86, 0x80 }`, `"\x86\x80"`, numbers of 8, 16 or 32 bits. */
import { type FormLine, type HexForm, READINGS } from './hex-form.ts';

const COMMENT = /\/\*.*?\*\/|\/\/.*$|\/\*.*$/g;
/** Text before the numbers: the declaration, up to its brace, bracket or quote. */
const DECLARATION = /^[^{"]*\w[^{"]*?(?:[{"]|\[(?=\s*0x|\s*$))/;
/** Characters of a declaration that are looked at. */
const MOST_DECLARATION = 160;
const NUMBERS = /^[\s{["']*((?:0x[0-9a-f]{1,8}[uUlL]*[\s,]*)+)[\s}\])"';,]*\\?$/i;
const ESCAPES = /^[\s"']*((?:\\x[0-9a-f]{2})+)[\s}\])"';,]*\\?$/i;
/** Characters of a line that are looked at: 4096 numbers on one. */
const LONGEST = 64 * 1024;
const WIDTHS = [2, 4, 8];

/** All digits as groups of the width that the longest needs. */
function groupsOf(numbers: readonly string[]): string[] {
  const longest = Math.max(...numbers.map(({ length }) => length));
  const width = WIDTHS.find(digits => digits >= longest) ?? longest;
  return numbers.map(digits => digits.padStart(width, '0'));
}

/** An array begins with its declaration, which may stand on the line above its brace. */
function lineReader(): (text: string) => FormLine | null {
  return text => {
    if (text.length > LONGEST || !/0x|\\x|\{/.test(text)) return null;
    const bare = text
      .replace(COMMENT, ' ')
      .replace(/[\s,]+/g, ' ')
      .trim();
    const declared = DECLARATION.exec(bare.slice(0, MOST_DECLARATION))?.[0];
    const rest = declared === undefined ? bare : bare.slice(declared.length - 1);
    const numbers = (NUMBERS.exec(rest) ?? ESCAPES.exec(rest))?.[1]?.match(/(?:0x|\\x)([0-9a-f]+)/gi);
    const begins = declared !== undefined || bare.startsWith('{');
    if (numbers === undefined || numbers === null) return begins ? { kind: 'device', bdf: null, at: 0 } : null;
    const groups = groupsOf(numbers.map(number => number.slice(2)));
    return { kind: 'row', offset: null, groups, column: null, begins };
  };
}

export const ARRAY: HexForm = { readings: [READINGS.array, READINGS.arrayBig], isMarked: false, lineReader };
