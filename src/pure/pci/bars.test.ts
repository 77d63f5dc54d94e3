import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBars } from './bars.ts';
import { buildConfigSpace } from './builder.ts';
import { ConfigSpace } from './config-space.ts';

const DEVICE = { vendorId: 0x8086, deviceId: 0x1533, classCode: 0x020000 };

/** `kind width prefetchable address enabled`, as one line. */
function show(bars: readonly number[], command = 3, headerType = 0): string[] {
  const config = buildConfigSpace({ ...DEVICE, bars, command, headerType });
  return decodeBars(config).map(bar => {
    const prefetchable = bar.prefetchable ? ' prefetchable' : '';
    return `${bar.index} ${bar.kind} ${bar.memoryType ?? ''}${prefetchable} ${bar.address.toString(16)}${bar.enabled ? '' : ' off'}`;
  });
}

const VECTORS: { name: string; bars: number[]; wanted: string[]; command?: number; headerType?: number }[] = [
  { name: 'nothing', bars: [], wanted: [] },
  { name: '32-bit memory', bars: [0xfb100000], wanted: ['0 memory 32-bit fb100000'] },
  { name: 'prefetchable memory', bars: [0xfb100008], wanted: ['0 memory 32-bit prefetchable fb100000'] },
  { name: 'ports', bars: [0, 0xe001], wanted: ['1 io  e000'] },
  { name: 'memory below 1 MB', bars: [0x000c0002], wanted: ['0 memory below-1M c0000'] },
  { name: 'the reserved type', bars: [0x10000006], wanted: ['0 memory reserved 10000000'] },
  { name: 'a pair', bars: [0xe000000c, 0x12, 0xf001], wanted: ['0 memory 64-bit prefetchable 12e0000000', '2 io  f000'] },
  { name: 'a pair whose upper half looks like ports', bars: [0xe0000004, 0x1], wanted: ['0 memory 64-bit 1e0000000'] },
  { name: 'a pair above 4 GB', bars: [0x00000004, 0x2], wanted: ['0 memory 64-bit 200000000'] },
  { name: 'a pair that begins in the last register', bars: [0, 0, 0, 0, 0, 0xf0000004], wanted: ['5 memory 64-bit 0'] },
  { name: 'a register of all ones', bars: [0xffffffff, 0xe001], wanted: ['1 io  e000'] },
  { name: 'ports that are off', bars: [0xe001, 0xf0000000], wanted: ['0 io  e000 off', '1 memory 32-bit f0000000'], command: 2 },
  { name: 'memory that is off', bars: [0xe001, 0xf0000000], wanted: ['0 io  e000', '1 memory 32-bit f0000000 off'], command: 1 },
  { name: 'two registers of a bridge', bars: [0xf0000004, 0x1], wanted: ['0 memory 64-bit 1f0000000'], headerType: 1 },
  { name: 'one register of a CardBus bridge', bars: [0xf0000000], wanted: ['0 memory 32-bit f0000000'], headerType: 2 },
];

for (const { name, bars, wanted, command, headerType } of VECTORS) {
  test(`decodeBars reads ${name}`, () => assert.deepEqual(show(bars, command, headerType), wanted));
}

test('decodeBars reads the expansion ROM of endpoints and bridges', () => {
  const rom = (raw: string, command: number, headerType = 0) => {
    const at = headerType === 0 ? 0x30 : 0x38;
    const config = buildConfigSpace({ ...DEVICE, command, headerType, override: [{ at, bytes: raw }] });
    return decodeBars(config).map(({ index, kind, address, enabled }) => ({ index, kind, address, enabled }));
  };
  assert.deepEqual(rom('010800f0', 2), [{ index: 6, kind: 'rom', address: 0xf0000800n, enabled: true }]);
  assert.deepEqual(rom('010800f0', 2, 1), [{ index: 6, kind: 'rom', address: 0xf0000800n, enabled: true }]);
  assert.deepEqual(rom('010800f0', 0), [{ index: 6, kind: 'rom', address: 0xf0000800n, enabled: false }]);
  assert.deepEqual(rom('000800f0', 2), [{ index: 6, kind: 'rom', address: 0xf0000800n, enabled: false }]);
  assert.deepEqual(rom('00000000', 2), []);
});

test('decodeBars takes no register for a BAR that may be the upper half of one that is not known', () => {
  const shown = (bars: readonly number[], from: number, to: number) => {
    const { bytes } = buildConfigSpace({ ...DEVICE, bars });
    const known = new Uint8Array(bytes.length).fill(1).fill(0, 0x10 + 4 * from, 0x14 + 4 * to);
    return decodeBars(new ConfigSpace(bytes, known)).map(({ index, kind }) => `${index} ${kind}`);
  };
  assert.deepEqual(shown([0, 0, 0, 0xc, 0x4410], 0, 3), []);
  assert.deepEqual(shown([0xc, 0x10, 0xe001], 0, 0), ['2 io']);
  assert.deepEqual(shown([0x8, 0xfc000004, 0x11, 0xe001], 0, 0), ['3 io']);
});

test('decodeBars takes any bytes, known or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(3), (bytes, headerType) => {
      if (bytes.length > 0x0e) bytes[0x0e] = headerType;
      for (const { index, address } of decodeBars(new ConfigSpace(bytes))) assert(index <= 6 && address >= 0n && address < 1n << 64n);
    }),
  );
});
