import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bit, bitMask, bitRegister, bits, choice, flag, mapped, span } from './bits.ts';

const REGISTER = bitRegister(32, {
  enable: bit(31),
  depth: mapped(
    0,
    4,
    raw => (raw === 0 ? 32 : raw),
    depth => depth & 31,
  ),
  speed: choice(8, 10, { 0: 'slow', 1: 'fast' }),
  address: bits(12, 27),
});

test('bitRegister decodes each field from its own bits', () => {
  assert.deepEqual(REGISTER.decode(0x81234100), { enable: true, depth: 32, speed: 'fast', address: 0x1234 });
  assert.deepEqual(REGISTER.decode(0x00000005), { enable: false, depth: 5, speed: 'slow', address: 0 });
});

test('bitRegister keeps what no field covers, in place, and nothing where it is zero', () => {
  assert.deepEqual(REGISTER.decode(0x70000860), { enable: false, depth: 32, speed: 'slow', address: 0, reserved: 0x70000860 });
  assert(!('reserved' in REGISTER.decode(0)));
});

test('bitRegister survives any raw value', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), raw => assert.equal(REGISTER.encode(REGISTER.decode(raw)), raw)));
  for (const width of [1, 8, 16, 31, 32]) {
    const whole = bitRegister(width, { all: bits(0, width - 1) });
    const most = 2 ** width - 1;
    assert.deepEqual(whole.decode(most), { all: most });
    assert.equal(whole.encode({ all: most }), most);
  }
});

test('choice keeps a value without a name', () => {
  assert.equal(REGISTER.decode(0x500).speed, 'unknown (0x5)');
  assert.equal(REGISTER.encode({ enable: false, depth: 32, speed: 'unknown (0x5)', address: 0 }), 0x500);
  const value = { enable: false, depth: 32, speed: 'light', address: 0 };
  assert.throws(() => REGISTER.encode(value), { name: 'RangeError', message: 'no value is named "light": wanted one of slow, fast' });
});

test('bitRegister refuses a value that its field cannot hold', () => {
  const base = { enable: false, depth: 32, speed: 'slow', address: 0 };
  assert.throws(() => REGISTER.encode({ ...base, address: 0x10000 }), {
    name: 'RangeError',
    message: /^bit field address cannot hold 65536: it has 16 bits$/,
  });
  assert.throws(() => REGISTER.encode({ ...base, address: -1 }), RangeError);
  assert.throws(() => REGISTER.encode({ ...base, address: 0.5 }), RangeError);
  assert.throws(() => REGISTER.encode({ ...base, speed: 'unknown (0x8)' }), RangeError);
});

test('bitRegister drops reserved bits that belong to a field', () => {
  assert.equal(REGISTER.encode({ enable: false, depth: 32, speed: 'slow', address: 0, reserved: 0xffffffff }), 0x7000f8e0 & ~0x0000f000);
});

test('bitRegister refuses a declaration whose fields overlap or do not fit', () => {
  assert.throws(() => bitRegister(16, { a: bits(0, 4), b: bit(4) }), { name: 'RangeError', message: 'bit field b overlaps another' });
  assert.throws(() => bitRegister(16, { a: bits(12, 16) }), { name: 'RangeError', message: 'bit field a lies outside of 16 bits' });
  assert.throws(() => bitRegister(16, { a: bits(3, 2) }), { name: 'RangeError', message: 'bit field a lies outside of 16 bits' });
});

test('bitMask gives unsigned masks up to the last bit', () => {
  assert.deepEqual([bitMask(0, 1), bitMask(31, 1), bitMask(0, 32), bitMask(4, 8)], [1, 0x80000000, 0xffffffff, 0xff0]);
});

test('span gives the bits of a mask, and refuses one with a gap', () => {
  for (let low = 0; low < 32; low++)
    for (let high = low; high < 32; high++) assert.deepEqual(span(bitMask(low, high - low + 1)), [low, high]);
  for (const mask of [0, 0x5, 0x80000001]) assert.throws(() => span(mask), { name: 'RangeError', message: /is not one run of bits$/ });
});

test('flag is the bit of its mask, and refuses a mask of several', () => {
  assert.deepEqual([flag(1).low, flag(0x80000000).low, flag(0x8000).width], [0, 31, 1]);
  assert.throws(() => flag(0x3), { name: 'RangeError', message: 'mask 0x3 is not one bit' });
});
