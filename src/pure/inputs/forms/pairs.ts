/** Bytes, or words, without offsets: `od -An -tx1`, a list of pairs, what `pciconf -r` prints below its command. */
import { type HexForm, READINGS } from './hex-form.ts';
import { DWORD, PAIR, rowReader, WORD } from './row-grammar.ts';

export const PAIRS: HexForm = {
  readings: [READINGS.pairs],
  isMarked: false,
  lineReader: () => rowReader({ offset: null, behind: '', groups: [PAIR], between: '[ ,]+', most: 64 }),
};

export const LOOSE_WORDS: HexForm = {
  readings: [READINGS.dwords, READINGS.dwordsBig],
  isMarked: false,
  lineReader: () => rowReader({ offset: null, behind: '', groups: [WORD, DWORD], between: '[ ,]+', most: 16 }),
};
