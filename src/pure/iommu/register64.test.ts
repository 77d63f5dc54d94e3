/** 64-bit registers of bit fields: declaration errors, high bits and round trips. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bit, bits, choice } from '../bytes/bits.ts';
import { bitRegister64 } from './register64.ts';

const register = bitRegister64({ low: bits(0, 31), mid: bits(33, 34), kind: choice(40, 41, { 0: 'a', 1: 'b' }), top: bit(63) });

test('bitRegister64 decodes fields anywhere in 64 bits', () => {
  assert.deepEqual(register.decode(0n), { low: 0, mid: 0, kind: 'a', top: false });
  assert.deepEqual(register.decode((1n << 64n) - 1n), {
    low: 0xffffffff,
    mid: 3,
    kind: 'unknown (0x3)',
    top: true,
    reserved: 0x7fff_fcf9_0000_0000n,
  });
});

test('bitRegister64 encodes what it decodes', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), raw => assert.equal(register.encode(register.decode(raw)), raw)),
    { numRuns: 200 },
  );
});

test('bitRegister64 refuses fields that cannot be, and values that do not fit', () => {
  assert.throws(() => bitRegister64({ a: bits(0, 4), b: bit(4) }), new RangeError('bit field b overlaps another'));
  assert.throws(() => bitRegister64({ a: bit(64) }), new RangeError('bit field a lies outside of 64 bits'));
  assert.throws(() => bitRegister64({ a: bits(0, 32) }), new RangeError('bit field a lies outside of 64 bits'));
  for (const mid of [4, -1, 0.5]) {
    assert.throws(
      () => register.encode({ low: 0, mid, kind: 'a', top: false }),
      new RangeError(`bit field mid cannot hold ${mid}: it has 2 bits`),
    );
  }
});
