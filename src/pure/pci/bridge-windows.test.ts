import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBridgeWindows } from './bridge-windows.ts';

const CLOSED = {
  ioBase: 0xf0,
  ioLimit: 0,
  memoryBase: 0xfff0,
  memoryLimit: 0,
  prefetchableBase: 0xfff0,
  prefetchableLimit: 0,
};

function show(registers: Parameters<typeof decodeBridgeWindows>[0]): string[] {
  return decodeBridgeWindows({ ...CLOSED, ...registers }).map(
    ({ kind, width, base, limit }) => `${kind} ${width} ${base.toString(16)}-${limit.toString(16)}${base > limit ? ' closed' : ''}`,
  );
}

test('decodeBridgeWindows reads closed windows', () => {
  assert.deepEqual(show({}), ['io 16 f000-fff closed', 'memory 32 fff00000-fffff closed', 'prefetchable 32 fff00000-fffff closed']);
});

const VECTORS: { name: string; registers: Parameters<typeof show>[0]; index: number; wanted: string }[] = [
  { name: 'ports of 16 bits', registers: { ioBase: 0x40, ioLimit: 0x50, ioBaseUpper: 7 }, index: 0, wanted: 'io 16 4000-5fff' },
  {
    name: 'ports of 32 bits',
    registers: { ioBase: 0x41, ioLimit: 0x51, ioBaseUpper: 1, ioLimitUpper: 2 },
    index: 0,
    wanted: 'io 32 14000-25fff',
  },
  { name: 'ports whose types differ', registers: { ioBase: 0x40, ioLimit: 0x51 }, index: 0, wanted: 'io null 4000-5fff' },
  { name: 'ports of a reserved type', registers: { ioBase: 0x42, ioLimit: 0x52 }, index: 0, wanted: 'io null 4000-5fff' },
  { name: 'memory', registers: { memoryBase: 0xfc20, memoryLimit: 0xfc30 }, index: 1, wanted: 'memory 32 fc200000-fc3fffff' },
  { name: 'memory of type 1', registers: { memoryBase: 0xfc21, memoryLimit: 0xfc31 }, index: 1, wanted: 'memory null fc200000-fc3fffff' },
  {
    name: 'prefetchable memory of 64 bits',
    registers: { prefetchableBase: 0x0001, prefetchableLimit: 0xfff1, prefetchableBaseUpper: 0x20, prefetchableLimitUpper: 0x3f },
    index: 2,
    wanted: 'prefetchable 64 2000000000-3fffffffff',
  },
];

for (const { name, registers, index, wanted } of VECTORS) {
  test(`decodeBridgeWindows reads ${name}`, () => assert.equal(show(registers)[index], wanted));
}

test('decodeBridgeWindows leaves out windows whose registers are not known', () => {
  assert.deepEqual(decodeBridgeWindows({}), []);
  assert.deepEqual(
    decodeBridgeWindows({ ioBase: 0, memoryBase: 0, memoryLimit: 0 }).map(({ kind }) => kind),
    ['memory'],
  );
});
