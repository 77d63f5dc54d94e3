import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPainter } from './paint.ts';
import { type Cell, rowsAt, titleRow } from './row.ts';

const COLUMNS = [2, 10, 20];
const WORDS = 'some words that are longer than what is left';

const VECTORS: readonly (readonly [what: string, width: number, cells: readonly Cell[], lines: readonly string[]])[] = [
  ['puts cells at their columns', 60, ['a', 'b', 'c'], ['  a       b         c']],
  [
    'wraps the last cell below itself',
    44,
    ['a', 'b', WORDS],
    ['  a       b         some words that are', `${' '.repeat(20)}longer than what is left`],
  ],
  ['moves a cell on where the one before is longer', 60, ['longer than it', 'b', 'c'], ['  longer than it b  c']],
  [
    'puts words below that have no place beside',
    40,
    ['a', 'b', WORDS],
    ['  a       b', '    some words that are longer than what', '    is left'],
  ],
  ['puts a cell below that has no place, and the next beside it', 16, ['long name', 'cell', 'c'], ['  long name cell', '    c']],
  ['keeps the distance of columns below', 40, ['x'.repeat(36), 'b', 'c'], [`  ${'x'.repeat(36)} b`, '    c']],
  ['has no line for cells that are empty', 12, ['long name', '', ''], ['  long name']],
  ['has words alone at their column', 60, ['', '', 'c'], [`${' '.repeat(20)}c`]],
  [
    'keeps a word whole that is wider than the line',
    10,
    ['a', 'b', 'incomprehensibilities'],
    ['  a', '    b', '    incomprehensibilities'],
  ],
  ['is an empty line without a cell', 40, [], ['']],
];

for (const [what, width, cells, lines] of VECTORS) {
  test(`rowsAt ${what}`, () => assert.deepEqual(rowsAt(COLUMNS, createPainter({ width }))(...cells), lines));
}

test('rowsAt counts no colours, and paints every line of a cell', () => {
  const row = rowsAt(COLUMNS, createPainter({ isColoured: true, width: 44 }));
  const lines = row('a', ['good', 'b'], ['bad', WORDS]);
  const esc = '\u001b';
  assert.deepEqual(lines, [
    `  a       ${esc}[32mb${esc}[0m         ${esc}[31msome words that are${esc}[0m`,
    `${' '.repeat(20)}${esc}[31mlonger than what is left${esc}[0m`,
  ]);
});

test('titleRow dims every title', () => {
  assert.deepEqual(titleRow(rowsAt([0, 2], createPainter({ isColoured: true })), 'A', 'B'), ['\u001b[2mA\u001b[0m \u001b[2mB\u001b[0m']);
});
