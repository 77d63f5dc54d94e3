import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap } from './wrap.ts';

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
