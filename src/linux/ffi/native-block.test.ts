/** Native memory: zeroed, stable under garbage collection, shared with files, freed once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createMemfd, Descriptor, NativeBlock, O_RDONLY, pageSize, readAt, SyscallError, writeAt } from './index.ts';

/** Whether /proc/self/maps has a mapping that holds the address. */
function isMapped(address: bigint): boolean {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .some(line => {
      const [start = '', end = ''] = line.split(' ', 1)[0]?.split('-') ?? [];
      return end !== '' && BigInt(`0x${start}`) <= address && address < BigInt(`0x${end}`);
    });
}

test('NativeBlock.allocate gives zeros at an address that the process has', () => {
  using block = NativeBlock.allocate(1000);
  assert.equal(block.size, 1000);
  assert.ok(block.bytes.every(byte => byte === 0));
  assert.ok(isMapped(block.addressOf()));
  assert.equal(block.addressOf() % 4096n, 0n);
  assert.equal(block.addressOf(999), block.addressOf() + 999n);
  block.view.setUint32(8, 0xdeadbeef, true);
  assert.deepEqual([...block.bytes.subarray(8, 12)], [0xef, 0xbe, 0xad, 0xde]);
});

test('NativeBlock.addressOf refuses bytes outside of the block', () => {
  using block = NativeBlock.allocate(16);
  for (const at of [-1, 16, 0.5, Number.NaN]) assert.throws(() => block.addressOf(at), RangeError, `at ${at}`);
});

test('NativeBlock.allocate refuses a size that is none', () => {
  for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => NativeBlock.allocate(size), RangeError, `size ${size}`);
  assert.throws(
    () => NativeBlock.allocate(2 ** 52),
    (error: unknown) => error instanceof SyscallError && error.code === 'ENOMEM',
  );
});

test('NativeBlock is unmapped once and refuses to be used after', () => {
  const block = NativeBlock.allocate(4096);
  const address = block.addressOf();
  block[Symbol.dispose]();
  assert.ok(!isMapped(address));
  // Likely gets the address that became free; the second dispose must not take it away.
  using other = NativeBlock.allocate(4096);
  block[Symbol.dispose]();
  assert.ok(isMapped(other.addressOf()));
  for (const use of [() => block.bytes, () => block.view, () => block.size, () => block.addressOf()]) {
    assert.throws(use, new TypeError('Cannot use native memory: its memory is unmapped'));
  }
});

test('NativeBlock.map shares a file, in both directions and after the descriptor is closed', () => {
  const page = pageSize();
  const file = createMemfd('memory', 2 * page);
  using block = NativeBlock.map(file, { offset: page, length: page, writable: true });
  using again = NativeBlock.map(file, { offset: 0n, length: 2 * page, writable: false });
  writeAt(file, Uint8Array.of(1, 2, 3), page);
  assert.deepEqual([...block.bytes.subarray(0, 4)], [1, 2, 3, 0]);
  block.bytes[3] = 4;
  const bytes = new Uint8Array(4);
  readAt(file, bytes, page);
  assert.deepEqual([...bytes], [1, 2, 3, 4]);
  file.close();
  block.bytes[0] = 9;
  assert.equal(again.bytes[page], 9);
});

test('NativeBlock.map throws SyscallError with what was to be mapped', () => {
  using file = createMemfd('memory', 8192);
  const unaligned = { message: 'Cannot map 16 bytes at 5 of memfd memory: EINVAL', call: 'mmap', target: 'memfd memory' };
  assert.throws(() => NativeBlock.map(file, { offset: 5, length: 16, writable: true }), unaligned);
  using readOnly = Descriptor.open('/proc/self/exe', O_RDONLY);
  assert.throws(() => NativeBlock.map(readOnly, { offset: 0, length: 16, writable: true }), { code: 'EACCES' });
});
