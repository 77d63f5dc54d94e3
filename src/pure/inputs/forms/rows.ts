/** Rows as lspci prints them, without the line of a device above. */
import { type HexForm, READINGS } from './hex-form.ts';
import { PAIR, rowReader } from './row-grammar.ts';

export const ROWS: HexForm = {
  readings: [READINGS.rows],
  isMarked: false,
  lineReader: () =>
    rowReader({ offset: '[0-9a-f]{2,6}', before: '(?:0x)?', behind: ': *', groups: [PAIR], column: String.raw`\|(.*?)\|?`, most: 16 }),
};
