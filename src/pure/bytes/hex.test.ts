import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHex, formatHexBytes, hexDigit, hexDigits, parseHexBytes } from './hex.ts';

test('formatHexBytes and parseHexBytes undo each other', () => {
  fc.assert(fc.property(fc.uint8Array(), bytes => assert.deepEqual(parseHexBytes(formatHexBytes(bytes)), bytes)));
  assert.equal(formatHexBytes(Uint8Array.of(0, 0x0f, 0xa5, 0xff)), '000fa5ff');
  assert.deepEqual(parseHexBytes('00FfaB'), Uint8Array.of(0, 0xff, 0xab));
});

test('hexDigit knows the digits among all character codes', () => {
  for (let code = 0; code < 0x300; code++) {
    const character = String.fromCharCode(code);
    assert.equal(hexDigit(code), /^[0-9a-fA-F]$/.test(character) ? Number.parseInt(character, 16) : -1, character);
  }
  assert.equal(hexDigit(Number.NaN), -1);
});

const FORMATS: [number | bigint, number | undefined, string][] = [
  [0, undefined, '0x0'],
  [0x1b, 4, '0x001b'],
  [0x12345, 4, '0x12345'],
  [0xffffffff, 8, '0xffffffff'],
  [0xfedcba9876543210n, 16, '0xfedcba9876543210'],
];

for (const [value, digits, wanted] of FORMATS) {
  test(`formatHex writes ${wanted}, hexDigits the same without the prefix`, () => {
    assert.equal(formatHex(value, digits), wanted);
    assert.equal(hexDigits(value, digits), wanted.slice(2));
  });
}

const INVALID: [string, string][] = [
  ['a', 'hex text has 1 digits: wanted two for each byte'],
  ['00 1', 'hex text holds " 1" at digit 2: wanted two of 0-9 a-f'],
  ['0x', 'hex text holds "0x" at digit 0: wanted two of 0-9 a-f'],
  ['abcg', 'hex text holds "cg" at digit 2: wanted two of 0-9 a-f'],
];

for (const [text, message] of INVALID) {
  test(`parseHexBytes refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseHexBytes(text), { name: 'SyntaxError', message }));
}
