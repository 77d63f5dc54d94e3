/** whenSource and withinSpace: pieces that depend on what lies outside of their layout. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout, raw, type Source, u8, whenSource, withinSpace } from './layout.ts';

const two = layout({ first: u8(0), second: whenSource(source => source.read(0, 1) === 7, u8(1)) });

function sourceOf(bytes: number[]): Source {
  return { read: (at, length) => (length === 1 ? bytes[at] : undefined) };
}

test('whenSource looks at absolute offsets and decodes its piece only where the source says so', () => {
  assert.deepEqual(two.decode(sourceOf([7, 0, 1, 2]), 2), { fields: { first: 1, second: 2 }, missing: [] });
  assert.deepEqual(two.decode(sourceOf([6, 0, 1, 2]), 2), { fields: { first: 1 }, missing: [] });
});

test('whenSource asks for no bytes that are not there', () => {
  assert.deepEqual(two.decode(sourceOf([6, 0, 1]), 2).missing, []);
  assert.deepEqual(two.decode(sourceOf([7, 0, 1]), 2).missing, [1]);
});

test('whenSource encodes what it is given, since bytes to encode into say nothing about a function', () => {
  assert.deepEqual(two.encode({ first: 1, second: 2 }), Uint8Array.of(1, 2));
  assert.deepEqual(two.encode({ first: 1, second: undefined }), Uint8Array.of(1));
});

test('withinSpace takes what lies behind a config space for absent and what is unknown inside of it for missing', () => {
  const tail = layout({ data: withinSpace(raw(0, 16)) });
  const space = (known: number): Source => ({ read: at => (at < known ? 0xab : undefined) });
  assert.deepEqual(tail.decode(space(0x1000), 0xffc), { fields: { data: 'abababab' }, missing: [] });
  assert.deepEqual(tail.decode(space(0xffe), 0xffc), { fields: { data: 'abab' }, missing: [2] });
});
