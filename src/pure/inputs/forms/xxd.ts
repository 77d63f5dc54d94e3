/** `xxd`: offsets of eight digits with a colon, groups in the order of bytes or, with -e, as numbers; their characters behind two spaces (xxd(1)). */
import { type HexForm, READINGS } from './hex-form.ts';
import { rowReader } from './row-grammar.ts';

/** -g1, -g2, -g4, -g8. The last group of a row may be shorter. */
const GROUPS = [2, 4, 8, 16].map(digits => `[0-9a-f]{${digits}}`);

export const XXD: HexForm = {
  readings: [READINGS.xxd, READINGS.xxdLittle],
  isMarked: false,
  lineReader: () =>
    rowReader({ offset: '[0-9a-f]{7,8}', behind: ': +', groups: GROUPS, between: ' ', column: ' {2}(.*)', most: 256, elides: true }),
};
