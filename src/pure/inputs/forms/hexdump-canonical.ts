/** `hexdump -C`: offsets of eight digits, sixteen pairs, and their characters between bars (hexdump(1)). */
import { type HexForm, READINGS } from './hex-form.ts';
import { PAIR, rowReader } from './row-grammar.ts';

export const HEXDUMP_CANONICAL: HexForm = {
  readings: [READINGS.hexdumpCanonical],
  isMarked: false,
  lineReader: () =>
    rowReader({ offset: '[0-9a-f]{8}', behind: ' +', groups: [PAIR], column: String.raw`\|(.*?)\|?`, most: 16, elides: true }),
};
