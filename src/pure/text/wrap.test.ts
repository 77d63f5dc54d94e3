import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap, wrapName } from './wrap.ts';

const VECTORS: readonly (readonly [text: string, width: number, indent: string, lines: readonly string[]])[] = [
  ['', 10, '', ['']],
  ['one two', 10, '', ['one two']],
  ['one two three', 7, '', ['one two', 'three']],
  ['one two three', 7, '  ', ['one two', '  three']],
  ['one incomprehensibilities two', 6, '', ['one', 'incomprehensibilities', 'two']],
];

for (const [text, width, indent, lines] of VECTORS) {
  test(`wrap breaks ${JSON.stringify(text)} at ${width}`, () => assert.deepEqual(wrap(text, width, indent), lines));
}

const NAMES: readonly (readonly [text: string, width: number, indent: string, lines: readonly string[]])[] = [
  ['one two three', 7, '  ', ['one two', '  three']],
  ['incomprehensibilities', 8, '', ['incompre', 'hensibil', 'ities']],
  ['a incomprehensibilities', 8, '  ', ['a incomp', '  rehens', '  ibilit', '  ies']],
  ['a\u{1f600}\u{1f600}b', 2, '', ['a\u{1f600}', '\u{1f600}b']],
  ['', 8, '', ['']],
];

for (const [text, width, indent, lines] of NAMES) {
  test(`wrapName breaks ${JSON.stringify(text)} at ${width}, words that are longer too`, () =>
    assert.deepEqual(wrapName(text, width, indent), lines));
}

test('wrap and wrapName count what is escaped as it is printed', () => {
  const foreign = '\u001b[31m'.repeat(10);
  for (const line of wrapName(`name ${foreign} end`, 20)) assert.ok(line.length <= 20 && !line.includes('\u001b'), line);
  assert.deepEqual(wrap('a\u001b b\nc', 80), ['a\\u001b b\\u000ac']);
});
