/** Ranges of guest memory: which are given to the device, which are refused, and what is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError, type DmaRange } from '../../pure/device/pci-device.ts';
import { createMemfd, type Descriptor, EventFd, SyscallError } from '../ffi/index.ts';
import type { DmaFile } from './dma-space.ts';
import { GuestRanges, makeToldRanges } from './guest-ranges.ts';

const PAGE = 0x1000n;

function fixture(errno = 0, architecture: NodeJS.Architecture = 'x64', sharedTold?: Int32Array) {
  const calls: string[] = [];
  const told: string[] = [];
  const space = {
    map({ iova, length, start, readable, writable }: DmaFile) {
      if (errno !== 0) throw new SyscallError({ call: 'IOMMU_IOAS_MAP_FILE', action: 'map memory' }, errno, 'IOAS');
      calls.push(`map ${iova} ${length} from ${start}${readable ? ' r' : ''}${writable ? ' w' : ''}`);
    },
    unmap: (iova: bigint, length: bigint) => void calls.push(`unmap ${iova} ${length}`),
    clear: () => void calls.push('clear'),
  };
  return {
    calls,
    told,
    ranges: new GuestRanges(space, { tell: line => told.push(line), architecture, ...(sharedTold && { told: sharedTold }) }),
  };
}

function range(address: bigint, handle: Descriptor | null, isWritable = true): DmaRange {
  return { address, size: PAGE, isReadable: true, isWritable, file: handle && { handle, offset: 2n * PAGE } };
}

test('GuestRanges.map gives files to the device, and unmap takes back what it has and nothing else', () => {
  using file = createMemfd('guest', 0x4000);
  const { calls, told, ranges } = fixture();
  ranges.map(range(0n, file));
  ranges.map(range(PAGE, file, false));
  ranges.unmap(range(8n * PAGE, file));
  ranges.unmap({ ...range(0n, file), size: 2n * PAGE });
  assert.equal(ranges.count, 2);
  ranges.unmap(range(0n, file));
  ranges.unmap(range(0n, file));
  ranges.clear();
  assert.deepEqual(calls, ['map 0 4096 from 8192 r w', 'map 4096 4096 from 8192 r', 'unmap 0 4096', 'clear']);
  assert.deepEqual([told, ranges.count], [[], 0]);
});

test('GuestRanges.map refuses main memory without a file in words that mend it, and takes firmware and far memory', () => {
  const { calls, told, ranges } = fixture();
  assert.throws(() => ranges.map(range(0n, null)), /guest memory 0x0-0xfff: .*memory-backend-memfd,share=on/);
  ranges.map(range(0xfffc_0000n, null, false));
  assert.equal(told.length, 1);
  for (let i = 0n; i < 10n; i++) ranges.map(range(0xfe00_0000n + i * PAGE, null));
  assert.equal(told.length, 2);
  assert.match(told[1] ?? '', /0xfe000000-.*harmless where it is a region of another device's.*others of this kind are counted, not told/);
  assert.deepEqual([calls, ranges.count], [[], 0]);
  for (let i = 0; i < 2; i++) ranges.clear();
  assert.deepEqual(told.slice(2), [
    "10 ranges of guest memory that the device does not reach are in no file: regions of other devices', or firmware",
  ]);
});

test('GuestRanges tells each kind of range once for a device, whatever connection it comes by', () => {
  using other = new EventFd();
  const shared = makeToldRanges();
  const all = [1, 2, 3].map(() => fixture(12, 'arm64', shared));
  for (const { ranges } of all) {
    for (const address of [0n, 0x400_0000n]) ranges.map(range(address, null));
    ranges.map(range(0x1000_0000n, other.descriptor));
    ranges.clear();
  }
  const lines = all.map(({ told }) => told.map(line => line.replace(/^.*(harmless|ranges).*$/, '$1')));
  assert.deepEqual(lines, [['harmless', 'harmless', 'ranges'], ['ranges'], []]);
});

test("GuestRanges.map knows main memory by the host's architecture", () => {
  for (const [architecture, memory, firmware] of [
    ['x64', 0n, 0x4000_0000n],
    ['arm64', 0x4000_0000n, 0n],
  ] as const) {
    const { ranges } = fixture(0, architecture);
    assert.throws(() => ranges.map(range(memory, null)), { name: 'DeviceError', errno: 22 }, architecture);
    ranges.map(range(firmware, null));
  }
});

test('GuestRanges.map says of a refusal of the kernel whether it is fatal: memory is, what belongs to another device is not', () => {
  const { told, ranges } = fixture(12);
  using memory = createMemfd('guest', 0x4000);
  using other = new EventFd();
  assert.throws(
    () => ranges.map(range(0n, memory)),
    (error: unknown) =>
      error instanceof DeviceError && error.errno === 12 && /guest memory 0x0-0xfff: Cannot map memory: ENOMEM/.test(error.message),
  );
  ranges.map(range(PAGE, other.descriptor));
  assert.match(told[0] ?? '', /^refused: guest memory 0x0-0xfff/);
  assert.match(told[1] ?? '', /harmless: it belongs to another device/);
  assert.equal(ranges.count, 0);
});
