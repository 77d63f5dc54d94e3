/** Tables of 32-bit registers: `0x00: 0x10481af4 …`, `00h = 10481AF4`, one or more in a row. */
import { type HexForm, READINGS } from './hex-form.ts';
import { DWORD, rowReader } from './row-grammar.ts';

export const DWORDS: HexForm = {
  readings: [READINGS.dwords, READINGS.dwordsBig],
  isMarked: false,
  lineReader: () =>
    rowReader({
      offset: '[0-9a-f]{2,4}',
      before: '[([]?(?:0x)?',
      behind: String.raw`h?[)\]]? *[:=|]? +`,
      groups: [DWORD, `0x${DWORD}`, `${DWORD}h`],
      between: '[ ,]+',
      column: ',',
      most: 16,
    }),
};
