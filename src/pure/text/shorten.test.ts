import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clip, quote, shorten } from './shorten.ts';

test('shorten keeps 80 characters', () => {
  assert.equal(shorten('3b:00.0'), '3b:00.0');
  assert.equal(shorten('x'.repeat(81)), 'x'.repeat(80));
});

test('clip marks what it cuts', () => {
  assert.equal(clip('abcd', 4), 'abcd');
  assert.equal(clip('abcde', 4), 'abcd…');
});

test('quote puts it in quotes, on one line', () => {
  assert.equal(quote('a\n"b"'), String.raw`"a\n\"b\""`);
  assert.equal(quote('x'.repeat(81)), `"${'x'.repeat(80)}"`);
});
