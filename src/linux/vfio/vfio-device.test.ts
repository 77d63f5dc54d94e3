/** Both kinds of VFIO device against a kernel that is a test double: requests, answers, bounds, ownership. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import * as iommu from '../../pure/spec/iommufd/index.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { createMemfd, type Descriptor, NativeBlock, readAt, writeAt } from '../ffi/index.ts';
import { type Answer, answerIoctls } from '../ffi/kernel-answers.test.ts';
import { libc } from '../ffi/libc.ts';
import { Iommufd } from '../iommufd/index.ts';
import { GroupNotViableError, IommufdDevice, LegacyVfioDevice, VfioContainer, type VfioDevice } from './index.ts';

const { EBUSY, EINVAL, EPERM } = constants.errno;
const CONFIG = uapi.VFIO_PCI_CONFIG_REGION_INDEX;
const CONFIG_AT = 0x10000n;

function getInfo(argument: Uint8Array): number {
  uapi.vfio_device_info.write({ argsz: 24, flags: uapi.VFIO_DEVICE_FLAGS_PCI, num_regions: 9, num_irqs: 5 }, argument);
  return 0;
}

/** BAR 0 with one sparse area behind a chain, and 256 bytes of config space. */
function getRegion(argument: Uint8Array): number {
  const { index, argsz } = uapi.vfio_region_info.decode(argument);
  const common = { argsz: 64, index, flags: 3 };
  if (index === CONFIG) uapi.vfio_region_info.write({ ...common, argsz: 32, size: 256n, offset: CONFIG_AT }, argument);
  else if (index !== 0) return -EINVAL;
  else if (argsz < 64) uapi.vfio_region_info.write({ ...common, flags: 15, size: 0x2000n, offset: 0n }, argument);
  else {
    uapi.vfio_region_info.write({ ...common, flags: 15, size: 0x2000n, offset: 0n, cap_offset: 32 }, argument);
    const areas = [{ offset: 0x1000n, size: 0x1000n }];
    uapi.vfio_region_info_cap_sparse_mmap.write({ header: { id: 1, version: 1, next: 0 }, nr_areas: 1, areas }, argument, 32);
  }
  return 0;
}

/** A file with a config space of counted bytes, in place of a device file. */
function deviceFile(): Descriptor {
  const file = createMemfd('vfio3', 0x20000);
  writeAt(
    file,
    Uint8Array.from({ length: 256 }, (_, at) => at),
    CONFIG_AT,
  );
  return file;
}

const DEVICE_ANSWERS = { [uapi.VFIO_DEVICE_GET_INFO]: getInfo, [uapi.VFIO_DEVICE_GET_REGION_INFO]: getRegion };

function openDevice(t: TestContext, answers: Readonly<Record<number, Answer>> = {}): VfioDevice {
  answerIoctls(t, { ...DEVICE_ANSWERS, ...answers });
  return LegacyVfioDevice.adopt(deviceFile(), { number: 7, descriptor: deviceFile() });
}

test('VfioDevice.readConfig reads no more than the function has', t => {
  using device = openDevice(t);
  const config = device.readConfig();
  assert.equal(config.knownLength, 256);
  assert.equal(config.read(0xfe, 2), 0xfffe);
  assert.equal(config.read(0x100, 4), undefined);
});

test('VfioDevice.readRegion and writeRegion stay inside the region', t => {
  using device = openDevice(t);
  assert.deepEqual([...device.readRegion(CONFIG, 0x3c, 2)], [0x3c, 0x3d]);
  assert.deepEqual([...device.readRegion(CONFIG, 0xfe, 16)], [0xfe, 0xff]);
  assert.equal(device.readRegion(CONFIG, 256, 4).length, 0);
  device.writeConfig(0xfc, Uint8Array.of(9, 8, 7, 6));
  assert.deepEqual([...device.readRegion(CONFIG, 0xfc, 4)], [9, 8, 7, 6]);
  for (const at of [257, -1, 0.5]) assert.throws(() => device.readRegion(CONFIG, at, 1), RangeError, `at ${at}`);
  assert.throws(() => device.writeConfig(0xfd, new Uint8Array(4)), {
    name: 'RangeError',
    message: /4 bytes at 253 of region 7: 3 are left$/,
  });
  const beyond = new Uint8Array(4);
  readAt(device.descriptor, beyond, CONFIG_AT + 256n);
  assert.deepEqual([...beyond], [0, 0, 0, 0], 'nothing was written behind the region');
});

test('VfioDevice.region asks again with room for its capabilities, once', t => {
  const made = answerIoctls(t, DEVICE_ANSWERS);
  using device = LegacyVfioDevice.adopt(deviceFile(), { number: 7, descriptor: deviceFile() });
  assert.deepEqual(device.region(0).mappable, [{ offset: 0x1000n, size: 0x1000n }]);
  device.region(0);
  assert.equal(made.filter(request => request === uapi.VFIO_DEVICE_GET_REGION_INFO).length, 2);
  assert.throws(() => device.region(3), { code: 'EINVAL', message: 'Cannot read the info of region 3 of memfd vfio3: EINVAL' });
});

test('VfioDevice.mapRegion maps what the kernel names as mappable and nothing else', t => {
  using device = openDevice(t);
  using block = device.mapRegion(0, { offset: 0x1000n, size: 0x1000n });
  block.view.setUint32(4, 0x12345678, true);
  assert.deepEqual([...device.readRegion(0, 0x1004, 4)], [0x78, 0x56, 0x34, 0x12]);
  for (const offset of [0n, 0x800n, 0x2000n]) assert.throws(() => device.mapRegion(0, { offset, size: 0x1000n }), RangeError);
  assert.throws(() => device.mapRegion(CONFIG, { offset: 0n, size: 256n }), /not mappable/);
});

test('VfioDevice passes interrupts and reset to the kernel, and its refusals back', t => {
  const sets: unknown[] = [];
  using device = openDevice(t, {
    [uapi.VFIO_DEVICE_GET_IRQ_INFO]: argument => {
      assert.equal(uapi.vfio_irq_info.decode(argument).index, 2);
      uapi.vfio_irq_info.write({ argsz: 16, index: 2, flags: 9, count: 17 }, argument);
      return 0;
    },
    [uapi.VFIO_DEVICE_SET_IRQS]: argument => {
      sets.push(uapi.vfio_irq_set.decode(argument));
      return 0;
    },
    [uapi.VFIO_DEVICE_RESET]: () => -EINVAL,
  });
  const { count, hasEventfd, isMaskable, isFixedSize } = device.irq(2);
  assert.deepEqual([count, hasEventfd, isMaskable, isFixedSize], [17, true, false, true]);
  device.setIrqs({ index: 2, action: 'trigger' });
  assert.deepEqual(sets, [{ argsz: 20, flags: 33, index: 2, start: 0, count: 0, data: new Uint8Array(0) }]);
  assert.throws(() => device.reset(), { message: 'Cannot reset memfd vfio3: EINVAL, the device has no reset', target: 'memfd vfio3' });
});

test('IommufdDevice binds first, attaches, and asks iommufd about its IOMMU', t => {
  const before = openCount();
  const made = answerIoctls(t, {
    ...DEVICE_ANSWERS,
    [uapi.VFIO_DEVICE_BIND_IOMMUFD]: argument => {
      const request = uapi.vfio_device_bind_iommufd.decode(argument);
      assert.deepEqual(request, { argsz: 24, flags: 0, iommufd: iommufd.descriptor.number, out_devid: 0, token_uuid_ptr: 0n });
      new DataView(argument.buffer).setUint32(12, 5, true);
      return 0;
    },
    [uapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT]: argument => {
      const request = uapi.vfio_device_attach_iommufd_pt.decode(argument);
      assert.deepEqual(request, { argsz: 12, flags: 0, pt_id: request.pt_id, pasid: 0 });
      if (request.pt_id === 3) return -EBUSY;
      new DataView(argument.buffer).setUint32(8, 77, true);
      return 0;
    },
    [uapi.VFIO_DEVICE_DETACH_IOMMUFD_PT]: argument => {
      assert.deepEqual(uapi.vfio_device_detach_iommufd_pt.decode(argument), { argsz: 8, flags: 0, pasid: 0 });
      return 0;
    },
    [iommu.IOMMU_GET_HW_INFO]: (argument, fd) => {
      const request = iommu.iommu_hw_info.decode(argument);
      assert.deepEqual([fd, request.dev_id], [iommufd.descriptor.number, 5]);
      const caps = { out_capabilities: 8n, data_len: 0, out_max_pasid_log2: 0, in_data_type: 1, out_data_type: 1 };
      iommu.iommu_hw_info.write({ ...request, ...caps }, argument);
      return 0;
    },
  });
  const iommufd = new Iommufd(createMemfd('iommu', 1));
  const device = IommufdDevice.adopt(deviceFile(), iommufd);
  assert.deepEqual(made, [uapi.VFIO_DEVICE_BIND_IOMMUFD, uapi.VFIO_DEVICE_GET_INFO]);
  assert.equal(device.deviceId, 5);
  assert.equal(device.attach({ id: 2 }), 77);
  assert.equal(device.attach(4), 77);
  const message = 'Cannot attach memfd vfio3 to IOAS 3: EBUSY, another process holds the device, or it is being reset';
  assert.throws(() => device.attach({ id: 3 }), { message, call: 'VFIO_DEVICE_ATTACH_IOMMUFD_PT' });
  device.detach();
  const host = device.hostIommuDevice();
  assert.deepEqual([host.backend, host.atsSupport(), device.backend], ['iommufd', 'unsupported', 'iommufd']);
  device[Symbol.dispose]();
  device[Symbol.dispose]();
  iommufd.close();
  assert.equal(openCount(), before);
});

test('IommufdDevice.adopt closes the device where it cannot be bound, and names the cause', t => {
  answerIoctls(t, { [uapi.VFIO_DEVICE_BIND_IOMMUFD]: () => -EPERM });
  using iommufd = new Iommufd(createMemfd('iommu', 1));
  const before = openCount();
  const message = /^Cannot bind memfd vfio3 to memfd iommu: EPERM, .*iommufd\.allow_unsafe_interrupts=1$/;
  assert.throws(() => IommufdDevice.adopt(deviceFile(), iommufd), { message, code: 'EPERM' });
  assert.equal(openCount(), before);
});

test('IommufdDevice.open says why there is no file', () => {
  using iommufd = new Iommufd(createMemfd('iommu', 1));
  const message = /^Cannot open \/none\/vfio3: ENOENT, no device of this name is bound to a VFIO driver, /;
  assert.throws(() => IommufdDevice.open('/none/vfio3', iommufd), { message, target: '/none/vfio3' });
});

test('LegacyVfioDevice reports nothing about its IOMMU', t => {
  using device = openDevice(t);
  const host = device.hostIommuDevice();
  assert.deepEqual([host.backend, host.atsSupport(), host.report], ['legacy', 'unreported', null]);
});

/** Lets files of /dev/vfio be opened that this host does not have: memfds, in their place. */
function openAnything(t: TestContext): void {
  const kernel = libc();
  t.mock.method(kernel, 'open', () => createMemfd('in place', 0x20000).release());
}

const CONTAINER_ANSWERS: Readonly<Record<number, Answer>> = {
  ...DEVICE_ANSWERS,
  [uapi.VFIO_GET_API_VERSION]: () => uapi.VFIO_API_VERSION,
  [uapi.VFIO_CHECK_EXTENSION]: argument => Number(argument[0] === uapi.VFIO_TYPE1v2_IOMMU),
  [uapi.VFIO_GROUP_GET_STATUS]: argument => {
    uapi.vfio_group_status.write({ argsz: 8, flags: uapi.VFIO_GROUP_FLAGS_VIABLE }, argument);
    return 0;
  },
  [uapi.VFIO_GROUP_SET_CONTAINER]: () => 0,
  [uapi.VFIO_SET_IOMMU]: argument => (argument[0] === uapi.VFIO_TYPE1v2_IOMMU ? 0 : -EINVAL),
};

test('VfioContainer takes groups, sets its IOMMU with the first, and opens devices by address', t => {
  const before = openCount();
  openAnything(t);
  const asked: string[] = [];
  const made = answerIoctls(t, {
    ...CONTAINER_ANSWERS,
    [uapi.VFIO_GROUP_SET_CONTAINER]: argument => {
      assert.equal(new DataView(argument.buffer).getInt32(0, true), container.descriptor.number);
      return 0;
    },
    [uapi.VFIO_GROUP_GET_DEVICE_FD]: argument => {
      asked.push(new TextDecoder().decode(argument));
      return deviceFile().release();
    },
  });
  const container = VfioContainer.open();
  const first = container.addGroup(12);
  const second = container.addGroup(13);
  const device = first.openDevice('0000:01:00.0');
  assert.deepEqual(asked, ['0000:01:00.0\0']);
  assert.equal(device.descriptor.target, '0000:01:00.0');
  assert.equal(made.filter(request => request === uapi.VFIO_SET_IOMMU).length, 1);
  for (const it of [device, first, second]) it[Symbol.dispose]();
  // The IOMMU went with the last group.
  container.addGroup(14)[Symbol.dispose]();
  assert.equal(made.filter(request => request === uapi.VFIO_SET_IOMMU).length, 2);
  container[Symbol.dispose]();
  assert.equal(openCount(), before);
});

test('VfioContainer.addGroup refuses a group that is not viable and leaves nothing open', t => {
  openAnything(t);
  answerIoctls(t, { ...CONTAINER_ANSWERS, [uapi.VFIO_GROUP_GET_STATUS]: () => 0 });
  using container = VfioContainer.open();
  const before = openCount();
  const isRight = (error: unknown): boolean =>
    error instanceof GroupNotViableError && /^Cannot use group 12: not viable, /.test(error.message);
  assert.throws(() => container.addGroup(12), isRight);
  assert.equal(openCount(), before);
  assert.throws(() => container.addGroup(-1), RangeError);
});

test('VfioContainer.open refuses another version and a host without type 1 IOMMU, and closes the file', t => {
  openAnything(t);
  const before = openCount();
  for (const [answers, message] of [
    [{ [uapi.VFIO_GET_API_VERSION]: () => 1 }, 'Cannot use /dev/vfio/vfio: API version 1, wanted 0'],
    [{ [uapi.VFIO_CHECK_EXTENSION]: () => 0 }, 'Cannot use /dev/vfio/vfio: no type 1 v2 IOMMU, wanted the module vfio_iommu_type1'],
  ] as const) {
    answerIoctls(t, { ...CONTAINER_ANSWERS, ...answers });
    assert.throws(() => VfioContainer.open(), { message });
    t.mock.restoreAll();
    openAnything(t);
  }
  assert.equal(openCount(), before);
});

test('VfioContainer.mapDma gives the kernel the address of native memory', t => {
  openAnything(t);
  using block = NativeBlock.allocate(8192);
  answerIoctls(t, {
    ...CONTAINER_ANSWERS,
    [uapi.VFIO_IOMMU_MAP_DMA]: argument => {
      const expected = { argsz: 32, flags: uapi.VFIO_DMA_MAP_FLAG_READ, vaddr: block.addressOf(4096), iova: 0x100000n, size: 4096n };
      assert.deepEqual(uapi.vfio_iommu_type1_dma_map.decode(argument), expected);
      return 0;
    },
    [uapi.VFIO_IOMMU_UNMAP_DMA]: argument => {
      const { iova, size, argsz } = uapi.vfio_iommu_type1_dma_unmap.decode(argument);
      assert.deepEqual([iova, size, argsz], [0x100000n, 0x4000n, 24]);
      new DataView(argument.buffer).setBigUint64(16, 4096n, true);
      return 0;
    },
  });
  using container = VfioContainer.open();
  container.mapDma(block, { at: 4096, iova: 0x100000n, writable: false });
  assert.equal(container.unmapDma(0x100000n, 0x4000n), 4096n);
  for (const part of [{ at: 8192 }, { length: 8193 }]) assert.throws(() => container.mapDma(block, { iova: 0n, ...part }), RangeError);
});
