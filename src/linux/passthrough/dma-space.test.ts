/** What an address space says of ranges that the host's IOMMU does not translate; the kernel is played. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemfd, type Descriptor, SyscallError } from '../ffi/index.ts';
import type { Ioas } from '../iommufd/index.ts';
import type { VfioContainer } from '../vfio/index.ts';
import { ContainerSpace, IoasSpace } from './dma-space.ts';

/** As an Arm host has them: the window of message interrupts parts the addresses. */
const RESERVED = [
  { start: 0x800_0000n, last: 0x80f_ffffn, kind: 'msi' },
  { start: 0x1_0000_0000n, last: 0x1_0000_ffffn, kind: 'direct-relaxable' },
];
const PIECES = [
  { start: 0n, last: 0x7ff_ffffn },
  { start: 0x810_0000n, last: 0xffff_ffff_ffffn },
];

const range = (file: Descriptor, iova: bigint, length: bigint, start = 0n) => ({
  file,
  start,
  iova,
  length,
  readable: true,
  writable: true,
});

function ioasOf(alignment: bigint) {
  const mapped: string[] = [];
  const mapFile = (_: Descriptor, { iova, length }: { iova?: bigint; length: bigint }) => mapped.push(`${iova} ${length}`);
  const fake = { iovaRanges: () => ({ ranges: PIECES, alignment }), mapFile };
  return { mapped, space: new IoasSpace(fake as unknown as Ioas, RESERVED) };
}

test('IoasSpace.map refuses what holds the window of message interrupts, by that name, and maps on both sides of it', () => {
  using file = createMemfd('guest', 0x10000);
  const { mapped, space } = ioasOf(0x1000n);
  const words = "IOVA 0x0-0x3fffffff holds 0x8000000-0x80fffff, which the host's IOMMU keeps for message interrupts (msi)";
  assert.throws(() => space.map(range(file, 0n, 0x4000_0000n)), { name: 'DeviceError', errno: 22, message: words });
  assert.throws(() => space.map(range(file, 0x80f_f000n, 0x1000n)), /holds 0x8000000-0x80fffff/);
  for (const iova of [0x7ff_f000n, 0x810_0000n, 0x1_0000_0000n]) space.map(range(file, iova, 0x1000n));
  assert.deepEqual(mapped, ['134213632 4096', '135266304 4096', '4294967296 4096']);
  assert.throws(() => space.map(range(file, 1n << 48n, 0x1000n)), /is not what the IOMMU translates: 0x0-0x7ffffff, 0x8100000-/);
});

for (const page of [0x1000n, 0x1_0000n]) {
  test(`IoasSpace.map wants multiples of the ${page} bytes that the kernel names`, () => {
    using file = createMemfd('guest', 0x20000);
    const { mapped, space } = ioasOf(page);
    space.map(range(file, page, page, page));
    for (const [iova, length, start] of [
      [page / 2n, page, 0n],
      [page, page / 2n, 0n],
      [page, page, page / 2n],
    ] as const) {
      assert.throws(() => space.map(range(file, iova, length, start)), { errno: 22, message: new RegExp(`wanted multiples of ${page}$`) });
    }
    assert.equal(mapped.length, 1);
  });
}

test("ContainerSpace.map says the same where the kernel refuses, which has no words, and keeps the kernel's errors of other ranges", () => {
  using file = createMemfd('guest', 0x10000);
  const mapRange = (): never => {
    throw new SyscallError({ call: 'VFIO_IOMMU_MAP_DMA', action: 'map memory' }, 22, 'container');
  };
  const space = new ContainerSpace({ mapRange } as unknown as VfioContainer, RESERVED);
  assert.throws(() => space.map(range(file, 0x800_0000n, 0x10000n)), {
    name: 'DeviceError',
    message: /keeps for message interrupts \(msi\)$/,
  });
  assert.throws(() => space.map(range(file, 0n, 0x10000n)), { name: 'SyscallError' });
});
