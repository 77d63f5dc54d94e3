/** `hexdump` and `od -x`: words in the byte order of the machine that printed them; offsets are hexadecimal, octal or decimal. */
import { type HexForm, READINGS } from './hex-form.ts';
import { DWORD, rowReader, WORD } from './row-grammar.ts';

const { hexdump, hexdumpBig, od, odBig, odDecimal, odHex } = READINGS;

/** hexdump and hexdump -x, od -x and od -tx4: both print offsets of seven digits. */
export const WORDS: HexForm = {
  readings: [hexdump, hexdumpBig, od, odBig, odDecimal],
  isMarked: false,
  lineReader: () => rowReader({ offset: '[0-9a-f]{7}', behind: ' +', groups: [WORD, DWORD], column: '>(.*)<?', most: 16, elides: true }),
};

/** od -A x: six digits. */
export const WORDS_HEX: HexForm = {
  readings: [odHex, hexdumpBig],
  isMarked: false,
  lineReader: () => rowReader({ offset: '[0-9a-f]{6}', behind: ' +', groups: [WORD, DWORD], column: '>(.*)<?', most: 16, elides: true }),
};
