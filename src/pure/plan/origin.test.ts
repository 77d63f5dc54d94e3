import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatOrigin, TextPlaces } from './origin.ts';

test('TextPlaces finds line and column of any index', () => {
  const text = 'one\n\n three';
  const places = new TextPlaces('vm.xml', text);
  const all = [...text, ''].map((_, at) => formatOrigin(places.at(at, at)));
  const wanted = ['1:1', '1:2', '1:3', '1:4', '2:1', '3:1', '3:2', '3:3', '3:4', '3:5', '3:6', '3:7'];
  assert.deepEqual(
    all,
    wanted.map(place => `vm.xml:${place}`),
  );
  assert.deepEqual(places.at(6, 11).span, { start: 6, end: 11 });
});

test('formatOrigin leaves out what is not known', () => {
  assert.equal(formatOrigin({ file: '-', line: null, column: null, span: null }), '-');
});
