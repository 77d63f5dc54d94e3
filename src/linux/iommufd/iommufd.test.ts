/** Requests to iommufd, byte for byte, and what becomes of the answers; the kernel is a test double. */
import assert from 'node:assert/strict';
import { constants, release } from 'node:os';
import { type TestContext, test } from 'node:test';
import * as uapi from '../../pure/spec/iommufd/index.ts';
import { createMemfd, NativeBlock } from '../ffi/index.ts';
import { type Answer, answerIoctls } from '../ffi/kernel-answers.test.ts';
import { libc } from '../ffi/libc.ts';
import { Iommufd } from './index.ts';

const { EBUSY, EMSGSIZE, ENOENT, EOPNOTSUPP } = constants.errno;

/** Native memory at an address that a request holds. */
const memory = (address: bigint, length: number): Uint8Array => new Uint8Array(libc().view(address, length));

const allocIoas: Answer = argument => {
  assert.deepEqual(uapi.iommu_ioas_alloc.decode(argument), { size: 12, flags: 0, out_ioas_id: 0 });
  uapi.iommu_ioas_alloc.write({ out_ioas_id: 2 }, argument);
  return 0;
};

/** An iommufd on a file that the kernel's double answers for. */
function openIommufd(t: TestContext, answers: Readonly<Record<number, Answer>>): Iommufd {
  answerIoctls(t, { [uapi.IOMMU_IOAS_ALLOC]: allocIoas, [uapi.IOMMU_DESTROY]: () => 0, ...answers });
  return new Iommufd(createMemfd('iommu', 1));
}

test('Iommufd.open says what is missing', () => {
  const message = 'Cannot open /none/iommu: ENOENT, the kernel has no iommufd (CONFIG_IOMMUFD), or its module is not loaded';
  assert.throws(() => Iommufd.open('/none/iommu'), { name: 'SyscallError', code: 'ENOENT', target: '/none/iommu', message });
});

test('Ioas is destroyed once, and not after its iommufd was closed', t => {
  const destroyed: number[] = [];
  const answers: Record<number, Answer> = {
    [uapi.IOMMU_DESTROY]: argument => {
      destroyed.push(uapi.iommu_destroy.decode(argument).id);
      return destroyed.length === 1 ? -EBUSY : 0;
    },
  };
  const iommufd = openIommufd(t, answers);
  const ioas = iommufd.allocIoas();
  const message = 'Cannot destroy object 2 of memfd iommu: EBUSY, it is still in use, as by an attached device';
  assert.throws(() => ioas[Symbol.dispose](), { code: 'EBUSY', call: 'IOMMU_DESTROY', message });
  ioas[Symbol.dispose]();
  ioas[Symbol.dispose]();
  assert.deepEqual(destroyed, [2, 2]);
  const other = iommufd.allocIoas();
  iommufd.close();
  other[Symbol.dispose]();
  assert.deepEqual(destroyed, [2, 2]);
  assert.throws(() => iommufd.allocIoas(), TypeError);
});

test('Ioas.map and mapFile give the kernel address, file, length and flags', t => {
  using block = NativeBlock.allocate(8192);
  using file = createMemfd('guest', 8192);
  const seen: unknown[] = [];
  using iommufd = openIommufd(t, {
    [uapi.IOMMU_IOAS_MAP]: argument => {
      seen.push(uapi.iommu_ioas_map.decode(argument));
      new DataView(argument.buffer).setBigUint64(uapi.iommu_ioas_map.fields.iova.offset, 0x7000n, true);
      return 0;
    },
    [uapi.IOMMU_IOAS_MAP_FILE]: argument => {
      seen.push(uapi.iommu_ioas_map_file.decode(argument));
      return 0;
    },
  });
  using ioas = iommufd.allocIoas();
  assert.equal(ioas.map(block, { at: 4096, writable: false }), 0x7000n);
  assert.equal(ioas.mapFile(file, { start: 4096n, length: 4096n, iova: 0x100000n }), 0x100000n);
  const all = { __reserved: 0, ioas_id: 2, length: 4096n };
  assert.deepEqual(seen, [
    { ...all, size: 40, flags: uapi.IOMMU_IOAS_MAP_READABLE, user_va: block.addressOf(4096), iova: 0n },
    { size: 40, flags: 7, ioas_id: 2, fd: file.number, start: 4096n, length: 4096n, iova: 0x100000n },
  ]);
  for (const part of [{ at: 8192 }, { length: 8193 }, { length: 0 }]) assert.throws(() => ioas.map(block, part), RangeError);
});

test('Ioas.unmap unmaps everything by default and returns the bytes', t => {
  using iommufd = openIommufd(t, {
    [uapi.IOMMU_IOAS_UNMAP]: argument => {
      const { iova, length } = uapi.iommu_ioas_unmap.decode(argument);
      if (iova !== 0n || length !== 2n ** 64n - 1n) return -ENOENT;
      new DataView(argument.buffer).setBigUint64(uapi.iommu_ioas_unmap.fields.length.offset, 12288n, true);
      return 0;
    },
  });
  using ioas = iommufd.allocIoas();
  assert.equal(ioas.unmap(), 12288n);
  const message = 'Cannot unmap 4096 bytes at IOVA 0x1000 of IOAS 2: ENOENT, nothing is mapped there, or more than the range';
  assert.throws(() => ioas.unmap(0x1000n, 4096n), { message });
});

for (const total of [0, 1, 32, 33, 100]) {
  test(`Ioas.iovaRanges reads ${total} ranges`, t => {
    using iommufd = openIommufd(t, {
      [uapi.IOMMU_IOAS_IOVA_RANGES]: argument => {
        const { num_iovas, allowed_iovas, ioas_id, size } = uapi.iommu_ioas_iova_ranges.decode(argument);
        assert.deepEqual([ioas_id, size], [2, 32]);
        const room = memory(allowed_iovas, 16 * num_iovas);
        for (let i = 0; i < Math.min(total, num_iovas); i++) {
          uapi.iommu_iova_range.write({ start: BigInt(i) << 20n, last: (BigInt(i) << 20n) + 0xfffffn }, room, 16 * i);
        }
        const view = new DataView(argument.buffer);
        view.setUint32(uapi.iommu_ioas_iova_ranges.fields.num_iovas.offset, total, true);
        view.setBigUint64(uapi.iommu_ioas_iova_ranges.fields.out_iova_alignment.offset, 4096n, true);
        return total > num_iovas ? -EMSGSIZE : 0;
      },
    });
    using ioas = iommufd.allocIoas();
    const { ranges, alignment } = ioas.iovaRanges();
    assert.equal(alignment, 4096n);
    assert.deepEqual(
      ranges,
      Array.from({ length: total }, (_, i) => ({ start: BigInt(i) << 20n, last: (BigInt(i) << 20n) + 0xfffffn })),
    );
  });
}

/** A kernel with a VT-d report of `length` bytes, in each the number of its place. */
function hwInfo(length: number, type: number): Answer {
  return argument => {
    const info = uapi.iommu_hw_info.decode(argument);
    assert.equal(info.size, 40);
    if (info.dev_id !== 1) return -ENOENT;
    if (info.flags !== 0 && info.in_data_type !== type) return -EOPNOTSUPP;
    assert.equal(info.flags === 0 ? 0 : type, info.in_data_type);
    const room = memory(info.data_uptr, info.data_len);
    for (let i = 0; i < room.length; i++) room[i] = i < length ? i & 0xff : 0;
    uapi.iommu_hw_info.write(
      { ...info, data_len: length, in_data_type: type, out_data_type: type, out_capabilities: 8n, out_max_pasid_log2: 20 },
      argument,
    );
    return 0;
  };
}

for (const length of [0, 24, 256, 257, 1000]) {
  test(`Iommufd.hwInfo reads a report with ${length} bytes of data`, t => {
    using iommufd = openIommufd(t, { [uapi.IOMMU_GET_HW_INFO]: hwInfo(length, 1) });
    const report = iommufd.hwInfo(1);
    assert.deepEqual(report, {
      type: 1,
      data: Uint8Array.from({ length }, (_, i) => i & 0xff),
      capabilities: 8n,
      maxPasidLog2: 20,
      kernel: release(),
    });
  });
}

test('Iommufd.hwInfo asks for a type where one is given', t => {
  using iommufd = openIommufd(t, { [uapi.IOMMU_GET_HW_INFO]: hwInfo(8, 3) });
  assert.equal(iommufd.hwInfo(1, uapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV).data.length, 8);
  const unknown =
    'Cannot read the IOMMU behind device 1 as type 4: EOPNOTSUPP, the IOMMU does not report it, or has no data of the type asked for';
  assert.throws(() => iommufd.hwInfo(1, 4), { call: 'IOMMU_GET_HW_INFO', code: 'EOPNOTSUPP', message: unknown });
  assert.throws(() => iommufd.hwInfo(9), { message: 'Cannot read the IOMMU behind device 9: ENOENT, no device of this ID is bound' });
});

test('Iommufd.allocHwpt gives the kernel the data of its type', t => {
  using iommufd = openIommufd(t, {
    [uapi.IOMMU_HWPT_ALLOC]: argument => {
      const info = uapi.iommu_hwpt_alloc.decode(argument);
      assert.deepEqual([info.size, info.dev_id, info.pt_id, info.flags], [48, 1, 2, info.data_len === 0 ? 1 : 0]);
      if (info.data_len === 0) assert.deepEqual([info.data_uptr, info.data_type], [0n, 0]);
      else assert.deepEqual([info.data_type, ...memory(info.data_uptr, info.data_len)], [1, 5, 6, 7]);
      new DataView(argument.buffer).setUint32(uapi.iommu_hwpt_alloc.fields.out_hwpt_id.offset, 9, true);
      return 0;
    },
  });
  assert.equal(iommufd.allocHwpt({ deviceId: 1, parentId: 2, flags: uapi.IOMMU_HWPT_ALLOC_NEST_PARENT }), 9);
  assert.equal(iommufd.allocHwpt({ deviceId: 1, parentId: 2, dataType: 1, data: Uint8Array.of(5, 6, 7) }), 9);
});

test('Iommufd passes on what a real kernel says to a file that is no iommufd', () => {
  using iommufd = new Iommufd(createMemfd('no iommu', 1));
  assert.throws(() => iommufd.allocIoas(), { name: 'SyscallError', code: 'ENOTTY', call: 'IOMMU_IOAS_ALLOC' });
  assert.throws(() => iommufd.hwInfo(1), { message: /: ENOTTY, the kernel is older than 6\.6 and does not report it$/ });
});
