import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSpace } from '../pci/config-space.ts';
import { compare } from './compare.ts';

/** A function with PM at 40h and ATS at 100h; `edits` are bytes by offset. */
function space(edits: Readonly<Record<number, number>> = {}, size = 4096): ConfigSpace {
  const bytes = new Uint8Array(size);
  const base: Readonly<Record<number, number>> = {
    ...{ 0: 0x86, 1: 0x80, 2: 0x34, 3: 0x12, 6: 0x10, 52: 0x40, 64: 0x10, 66: 0x02 },
    ...{ 256: 0x0f, 258: 0x01, 260: 0x20 },
  };
  for (const [at, byte] of Object.entries({ ...base, ...edits })) if (Number(at) < size) bytes[Number(at)] = byte;
  return new ConfigSpace(bytes);
}

test('compare finds nothing between equal spaces', () => {
  assert.deepEqual(compare(space(), space()), []);
});

test('compare names the header field that differs', () => {
  assert.deepEqual(compare(space(), space({ 2: 0x35 })), [
    { at: 0, place: 'header', field: 'common.deviceId', a: String(0x1234), b: String(0x1235) },
  ]);
});

test('compare names the field of a capability that differs', () => {
  assert.deepEqual(compare(space(), space({ 263: 0x80 })), [
    { at: 0x100, place: 'ATS [100]', field: 'control.enable', a: 'false', b: 'true' },
  ]);
});

test('compare tells a capability that one side lacks', () => {
  const differences = compare(space(), space({ 256: 0, 258: 0, 260: 0 }));
  assert.deepEqual(differences, [{ at: 0x100, place: 'ATS [100]', field: '', a: 'there', b: null }]);
});

test('compare tells bytes that no register covers', () => {
  assert.deepEqual(compare(space({ 2048: 1 }), space({ 2048: 2, 2049: 3 })), [
    { at: 0x800, place: 'bytes', field: '0x800', a: '0100', b: '0203' },
  ]);
});

test('compare tells bytes that no register covers also where registers differ', () => {
  const differences = compare(space({ 2048: 1 }), space({ 263: 0x80 }));
  assert.deepEqual(
    differences.map(({ at, place }) => [at, place]),
    [
      [0x100, 'ATS [100]'],
      [0x800, 'bytes'],
    ],
  );
});

test('compare tells a byte that only one side knows', () => {
  const known = new Uint8Array(4096).fill(1);
  known[0x900] = 0;
  assert.deepEqual(compare(space(), new ConfigSpace(space().bytes, known)), [
    { at: 0x900, place: 'bytes', field: '0x900', a: '00', b: '??' },
  ]);
});

test('compare of spaces of two sizes tells what one of them lacks', () => {
  const [first] = compare(space(), space({}, 256));
  assert.equal(first?.at, 0x100);
  assert.equal(first?.b, null);
});
