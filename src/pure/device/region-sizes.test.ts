/** Guessed sizes of regions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace, type ConfigSpaceParts } from '../pci/builder.ts';
import { regionSizes, roundUpToPowerOfTwo } from './region-sizes.ts';

const VECTORS: readonly (readonly [what: string, parts: Partial<ConfigSpaceParts>, sizes: readonly number[]])[] = [
  ['nothing there', {}, [0, 0, 0, 0, 0, 0, 0]],
  ['as far as the address is aligned', { bars: [0xf0004000, 0xf0100000, 0xe001] }, [0x4000, 0x100000, 0x100, 0, 0, 0, 0]],
  ['up to the next region', { bars: [0xf0000000, 0xf0002000] }, [0x2000, 0x2000, 0, 0, 0, 0, 0]],
  ['64-bit, at most 256 MiB', { bars: [0x0000000c, 0x40] }, [0x10000000, 0, 0, 0, 0, 0, 0]],
  ['no address, but a type', { bars: [0x0000000c, 0, 0x00000001] }, [0x1000, 0, 0x100, 0, 0, 0, 0]],
  ['I/O of 32 bytes', { bars: [0xe021] }, [0x20, 0, 0, 0, 0, 0, 0]],
  ['what MSI-X needs, where the register reads 0', { standard: [{ id: 0x11, body: 'ff070200000002900000' }] }, [0, 0, 0x10000, 0, 0, 0, 0]],
  ['no region 7, whatever MSI-X says', { standard: [{ id: 0x11, body: '00000700000007000000' }] }, [0, 0, 0, 0, 0, 0, 0]],
  [
    'no region in an upper half',
    { bars: [0x0000000c, 0], standard: [{ id: 0x11, body: '00000100000001100000' }] },
    [0x1000, 0, 0, 0, 0, 0, 0],
  ],
  ['a ROM', { override: [{ at: 0x30, bytes: '0100f0f7' }] }, [0, 0, 0, 0, 0, 0, 0x10000]],
];

test('regionSizes guesses from registers, neighbours and MSI-X', () => {
  for (const [what, parts, sizes] of VECTORS) {
    assert.deepEqual(regionSizes(buildConfigSpace({ vendorId: 1, deviceId: 1, classCode: 0, ...parts })), sizes, what);
  }
});

test('regionSizes takes what is known, rounded up to a power of two', () => {
  const config = buildConfigSpace({ vendorId: 1, deviceId: 1, classCode: 0, bars: [0xf0004000, 0xf0100000] });
  assert.deepEqual(regionSizes(config, [0x3000, null, 5, 0, 0, 0, 0x801]), [0x4000, 0x100000, 8, 0, 0, 0, 0x1000]);
});

test('roundUpToPowerOfTwo keeps powers of two and 0', () => {
  for (const [size, wanted] of [
    [0, 0],
    [1, 1],
    [3, 4],
    [4096, 4096],
    [4097, 8192],
    [2 ** 51 + 1, 2 ** 52],
    [2 ** 64, 2 ** 52],
    [Number.NaN, 0],
  ]) {
    assert.equal(roundUpToPowerOfTwo(size), wanted);
  }
});
