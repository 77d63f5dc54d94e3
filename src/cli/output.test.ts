import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textWidth, wrapErrors } from './output.ts';

const VECTORS: readonly (readonly [what: string, terminal: number | undefined, columns: string | undefined, width: number])[] = [
  ['80 without a terminal and COLUMNS', undefined, undefined, 80],
  ["the terminal's", 120, undefined, 120],
  ["the terminal's before COLUMNS", 120, '60', 120],
  ['COLUMNS without a terminal', undefined, '60', 60],
  ['COLUMNS for a terminal that does not say', 0, '60', 60],
  ['at least 40', 12, undefined, 40],
  ['at most 200', 500, undefined, 200],
  ['80 for COLUMNS that is no number', undefined, '60 wide', 80],
  ['80 for a negative one', undefined, '-60', 80],
  ['80 for none', undefined, '', 80],
];

for (const [what, terminal, columns, width] of VECTORS) {
  test(`textWidth is ${what}`, () => assert.equal(textWidth(terminal, columns), width));
}

test('wrapErrors breaks lines at spaces for a terminal, and nothing where there is none', () => {
  const line = `airlock: Cannot read ${'a/'.repeat(30)}: no such file or directory`;
  assert.deepEqual(wrapErrors([line, 'short'], 40), [
    'airlock: Cannot read',
    `  ${'a/'.repeat(30)}:`,
    '  no such file or directory',
    'short',
  ]);
  assert.deepEqual(wrapErrors([line], undefined), [line]);
  const escaped = 'two\\u000alines';
  assert.deepEqual(wrapErrors([`  ${'two\nlines '.repeat(4).trim()}`], 40), [`  ${escaped} ${escaped}`, `    ${escaped} ${escaped}`]);
});
