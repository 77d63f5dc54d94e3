/** Info structs of VFIO with their capability chains, sound and broken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { createMemfd } from '../ffi/index.ts';
import { decodeCapabilityChain } from './capability-chain.ts';
import { decodeDeviceInfo } from './device-info.ts';
import { decodeIrqInfo, encodeIrqSet } from './irqs.ts';
import { decodeRegionInfo } from './region-info.ts';

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]));
}

const { VFIO_REGION_INFO_FLAG_CAPS: CAPS, VFIO_REGION_INFO_FLAG_MMAP: MMAP } = uapi;
const READ_WRITE = uapi.VFIO_REGION_INFO_FLAG_READ | uapi.VFIO_REGION_INFO_FLAG_WRITE;
const FIRST = uapi.vfio_region_info.size;

const region = (flags: number, cap_offset = 0): Uint8Array =>
  uapi.vfio_region_info.encode({ argsz: 200, flags, index: 1, cap_offset, size: 0x4000n, offset: 1n << 40n });

const sparse = (next: number, nr_areas: number, areas: readonly { offset: bigint; size: bigint }[]): Uint8Array =>
  uapi.vfio_region_info_cap_sparse_mmap.encode({ header: { id: 1, version: 1, next }, nr_areas, areas });

test('decodeRegionInfo without capabilities maps the whole region or nothing', () => {
  assert.deepEqual(decodeRegionInfo(region(READ_WRITE | MMAP)), {
    index: 1,
    flags: 7,
    size: 0x4000n,
    offset: 1n << 40n,
    isReadable: true,
    isWritable: true,
    mappable: [{ offset: 0n, size: 0x4000n }],
    isMsixMappable: false,
    type: null,
  });
  assert.deepEqual(decodeRegionInfo(region(READ_WRITE)).mappable, []);
  assert.deepEqual(decodeRegionInfo(uapi.vfio_region_info.encode({ flags: MMAP })).mappable, [], 'a region of no bytes');
});

test('decodeRegionInfo follows the chain of sparse areas, MSI-X and type', () => {
  const areas = [
    { offset: 0n, size: 0x1000n },
    { offset: 0x3000n, size: 0x1000n },
  ];
  const first = sparse(FIRST + 48, 2, areas);
  const second = uapi.vfio_info_cap_header.encode({ id: uapi.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, version: 1, next: FIRST + 56 });
  const third = uapi.vfio_region_info_cap_type.encode({ header: { id: 2, version: 1, next: FIRST + 72 }, type: 0x80008086, subtype: 1 });
  const fourth = uapi.vfio_info_cap_header.encode({ id: 77, version: 3, next: 0 });
  assert.deepEqual([first.length, second.length, third.length], [48, 8, 16]);
  const info = decodeRegionInfo(join(region(READ_WRITE | MMAP | CAPS, FIRST), first, second, third, fourth));
  assert.deepEqual(info.mappable, areas);
  assert.equal(info.isMsixMappable, true);
  assert.deepEqual(info.type, { type: 0x80008086, subtype: 1 });
});

test('decodeRegionInfo ignores a chain without the flag, and areas without bytes', () => {
  const chain = sparse(0, 2, [
    { offset: 0n, size: 0n },
    { offset: 0x1000n, size: 0x1000n },
  ]);
  assert.deepEqual(decodeRegionInfo(join(region(MMAP, FIRST), chain)).mappable, [{ offset: 0n, size: 0x4000n }]);
  assert.deepEqual(decodeRegionInfo(join(region(MMAP | CAPS, FIRST), chain)).mappable, [{ offset: 0x1000n, size: 0x1000n }]);
});

test('decodeRegionInfo takes more areas than the reply holds for those that it holds', () => {
  const chain = sparse(0, 0xffffffff, [{ offset: 0n, size: 0x1000n }]);
  assert.deepEqual(decodeRegionInfo(join(region(MMAP | CAPS, FIRST), chain)).mappable, [{ offset: 0n, size: 0x1000n }]);
  const cut = join(region(MMAP | CAPS, FIRST), chain.subarray(0, 12));
  assert.deepEqual(decodeRegionInfo(cut).mappable, [{ offset: 0n, size: 0x4000n }]);
});

test('decodeCapabilityChain ends where a chain leaves the reply or comes back', () => {
  const reply = new Uint8Array(64);
  const header = (at: number, next: number): void => uapi.vfio_info_cap_header.write({ id: at, version: 1, next }, reply, at);
  header(8, 24);
  header(24, 40);
  header(40, 8);
  assert.deepEqual(
    decodeCapabilityChain(reply, 8).map(({ at }) => at),
    [8, 24, 40],
  );
  for (const next of [57, 64, 0xffffffff]) {
    header(24, next);
    assert.deepEqual(
      decodeCapabilityChain(reply, 8).map(({ id }) => id),
      [8, 24],
      `next ${next}`,
    );
  }
  assert.deepEqual(decodeCapabilityChain(reply, 0), []);
});

test('decodeDeviceInfo decodes flags and AtomicOp completion', () => {
  const flags = uapi.VFIO_DEVICE_FLAGS_PCI | uapi.VFIO_DEVICE_FLAGS_RESET | uapi.VFIO_DEVICE_FLAGS_CAPS;
  const info = uapi.vfio_device_info.encode({ argsz: 40, flags, num_regions: 9, num_irqs: 5, cap_offset: 24 });
  const atomic = uapi.vfio_device_info_cap_pci_atomic_comp.encode({ header: { id: 5, version: 1, next: 0 }, flags: 5 });
  assert.deepEqual(decodeDeviceInfo(join(info, atomic)), {
    flags,
    isPci: true,
    canReset: true,
    regionCount: 9,
    irqCount: 5,
    atomicCompletion: { bits32: true, bits64: false, bits128: true },
  });
  assert.equal(decodeDeviceInfo(info).atomicCompletion, null, 'a kernel that had no room for it');
  assert.equal(decodeDeviceInfo(new Uint8Array(24)).isPci, false);
});

test('decodeIrqInfo decodes flags', () => {
  assert.deepEqual(decodeIrqInfo(uapi.vfio_irq_info.encode({ argsz: 16, flags: 7, index: 0, count: 1 })), {
    index: 0,
    flags: 7,
    count: 1,
    hasEventfd: true,
    isMaskable: true,
    isAutomasked: true,
    isFixedSize: false,
  });
});

test('encodeIrqSet writes what the three examples of linux/vfio.h write', () => {
  using first = createMemfd('first', 1);
  using third = createMemfd('third', 1);
  const { vfio_irq_set } = uapi;
  const decoded = (bytes: Uint8Array) => vfio_irq_set.decode(bytes);
  const { VFIO_IRQ_SET_DATA_NONE: NONE, VFIO_IRQ_SET_DATA_BOOL: BOOL, VFIO_IRQ_SET_DATA_EVENTFD: EVENTFD } = uapi;
  const { VFIO_IRQ_SET_ACTION_MASK: MASK, VFIO_IRQ_SET_ACTION_UNMASK: UNMASK, VFIO_IRQ_SET_ACTION_TRIGGER: TRIGGER } = uapi;
  const none = new Uint8Array(0);
  assert.deepEqual(decoded(encodeIrqSet({ index: 0, action: 'unmask', count: 1 })), {
    argsz: 20,
    flags: NONE | UNMASK,
    index: 0,
    start: 0,
    count: 1,
    data: none,
  });
  assert.deepEqual(decoded(encodeIrqSet({ index: 0, start: 1, action: 'mask', bools: [true, false, true] })), {
    argsz: 23,
    flags: BOOL | MASK,
    index: 0,
    start: 1,
    count: 3,
    data: Uint8Array.of(1, 0, 1),
  });
  const eventfds = Uint8Array.of(first.number, 0, 0, 0, 255, 255, 255, 255, third.number, 0, 0, 0);
  assert.deepEqual(decoded(encodeIrqSet({ index: 2, action: 'trigger', eventfds: [first, null, third] })), {
    argsz: 32,
    flags: EVENTFD | TRIGGER,
    index: 2,
    start: 0,
    count: 3,
    data: eventfds,
  });
  assert.deepEqual(decoded(encodeIrqSet({ index: 2, action: 'trigger' })).count, 0, 'ends all interrupts');
  assert.throws(() => encodeIrqSet({ index: 0, action: 'mask', bools: [], eventfds: [] }), TypeError);
});
