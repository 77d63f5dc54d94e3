import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from './hex.ts';
import { group, layout, raw, type Source, sequence, u8 } from './layout.ts';

// A count, then elements of one byte length (which counts itself) and text.
const texts = layout({
  count: u8(0),
  elements: sequence(
    1,
    peek => peek.u8(0),
    peek => peek.u8(0),
    group({ length: u8(0), text: raw(1, peek => peek.u8(0) - 1) }),
  ),
});

function decode(hex: string) {
  const bytes = parseHexBytes(hex);
  const source: Source = { read: (at, length) => (at + length <= bytes.length ? bytes[at] : undefined) };
  return texts.decode(source, 0);
}

test('sequence places each element behind the one before', () => {
  const { fields, missing } = decode('0303aabb0102cc');
  assert.deepEqual(missing, []);
  assert.deepEqual(fields.elements, [
    { length: 3, text: 'aabb' },
    { length: 1, text: '' },
    { length: 2, text: 'cc' },
  ]);
});

test('sequence encodes what it decodes', () => {
  const bytes = parseHexBytes('0303aabb0102cc');
  const { fields } = decode('0303aabb0102cc');
  assert.deepEqual(texts.encode({ count: 3, elements: fields.elements ?? [] }), bytes);
});

test('sequence ends at the first element that is not known', () => {
  const { fields, missing } = decode('0302aa05bb');
  assert.deepEqual(fields.elements, [{ length: 2, text: 'aa' }]);
  assert.deepEqual(missing, [3]);
});

test('sequence ends at an element of no size', () => {
  assert.deepEqual(decode('ff0000').fields.elements, []);
});
