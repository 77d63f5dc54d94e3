/** `od -tx1`: offsets, octal unless -A says otherwise, and pairs (od(1)). */
import { type HexForm, READINGS } from './hex-form.ts';
import { PAIR, rowReader } from './row-grammar.ts';

const { od, odDecimal, odHex } = READINGS;
const rest = { behind: ' +', groups: [PAIR], column: '>?(.*?)<?', most: 64, elides: true } as const;

export const OD_BYTES: HexForm = {
  readings: [od, odDecimal, odHex],
  isMarked: false,
  lineReader: () => rowReader({ ...rest, offset: '[0-9a-f]{7}', column: '>(.*)<?' }),
};

/** od -A x: six digits; others print four. */
export const OD_BYTES_HEX: HexForm = {
  readings: [odHex],
  isMarked: false,
  lineReader: () => rowReader({ ...rest, offset: '(?:[0-9a-f]{6}|[0-9a-f]{4})', column: '>(.*)<?| (.{1,16})' }),
};
