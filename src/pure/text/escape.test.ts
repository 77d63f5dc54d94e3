import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeLineEnds, escaper, escapeText } from './escape.ts';

const VECTORS: readonly (readonly [name: string, text: string, wanted: string])[] = [
  ['plain text', 'gpu é 日本 🚀 "x" \\', 'gpu é 日本 🚀 "x" \\'],
  ['line ends and tabs', 'a\n\tb', 'a\n\tb'],
  ['C0', '\u001b[2J\u0007\r\b\0', '\\u001b[2J\\u0007\\u000d\\u0008\\u0000'],
  ['DEL and C1', '\u007f\u009b1m\u0085', '\\u007f\\u009b1m\\u0085'],
  ['marks of direction', 'a\u202eb\u2066c\u200fd\u061c', 'a\\u202eb\\u2066c\\u200fd\\u061c'],
  ['separators', '\u2028\u2029', '\\u2028\\u2029'],
  ['halves of characters', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
];

for (const [name, text, wanted] of VECTORS) test(`escapeText takes ${name}`, () => assert.equal(escapeText(text), wanted));

test('escapeLineEnds keeps a line one line', () => assert.equal(escapeLineEnds('a\nb\n'), 'a\\u000ab\\u000a'));

test('escapeText leaves JSON what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const json = JSON.stringify({ text });
      assert.deepEqual(JSON.parse(escapeText(json)), { text });
      assert.doesNotMatch(escapeText(json), /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
    }),
  );
});

test('escaper lets sequences behind the mark through, and no others', () => {
  const fit = escaper('<mark>');
  assert.equal(fit('<mark>\u001b[31mred<mark>\u001b[0m \u001b[31m <mark>x'), '\u001b[31mred\u001b[0m \\u001b[31m <mark>x');
});
