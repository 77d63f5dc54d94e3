/** The hot reset of both kinds of device against a kernel that is a test double: who is taken, who is shown, who is in the way. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { createMemfd, SyscallError } from '../ffi/index.ts';
import { answerIoctls } from '../ffi/kernel-answers.test.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { type HotResetOptions, hotReset, type ResetMember, readResetMembers } from './hot-reset.ts';
import { LegacyVfioDevice } from './index.ts';

const { EBUSY, ENODEV, ENOSPC } = constants.errno;
const NOT_OWNED = uapi.VFIO_PCI_DEVID_NOT_OWNED;

/** What the kernel tells: `id` is a group or, with `hasIds`, an ID of iommufd. Functions are 0 to n of 0000:01:00. */
interface Told {
  readonly ids: readonly number[];
  readonly hasIds?: boolean;
}

/** Answers as the kernel does, and keeps the descriptors that each reset was shown. */
function standIn(t: TestContext, { ids, hasIds = false }: Told): { readonly resets: number[][] } {
  const resets: number[][] = [];
  answerIoctls(t, {
    [uapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO]: argument => {
      const { argsz } = uapi.vfio_pci_hot_reset_info.decode(argument);
      assert.equal(argsz, argument.length);
      if (argsz < 12 + 8 * ids.length) return -ENOSPC;
      const devices = ids.map((group_id, devfn) => ({ group_id, segment: 0, bus: 1, devfn }));
      const flags = hasIds ? uapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID : 0;
      uapi.vfio_pci_hot_reset_info.write({ argsz, flags, count: ids.length, devices }, argument);
      return 0;
    },
    [uapi.VFIO_DEVICE_PCI_HOT_RESET]: argument => {
      const { argsz, group_fds } = uapi.vfio_pci_hot_reset.decode(argument);
      assert.equal(argsz, argument.length);
      resets.push([...group_fds]);
      return 0;
    },
  });
  return { resets };
}

/** All functions have vfio-pci but those that are named. */
const findIn =
  (drivers: Readonly<Record<string, string | null>>) =>
  (address: Bdf): HostDevice | null => {
    const driver = address.text in drivers ? drivers[address.text] : 'vfio-pci';
    return driver === undefined ? null : ({ driver } as HostDevice);
  };

const NOTHING_SHOWN = (): readonly [] => [];

/** Writes down who is taken and given back. */
function taking(log: string[], refused?: string): HotResetOptions['take'] {
  return ({ address }: ResetMember) => {
    if (address.text === refused) throw new SyscallError({ call: 'open', action: `open ${address}` }, EBUSY, address.text);
    log.push(`take ${address}`);
    return { [Symbol.dispose]: () => log.push(`leave ${address}`) };
  };
}

test('readResetMembers gives each function with its group or whether it is owned, and null where there is no such reset', t => {
  using device = createMemfd('device', 1);
  standIn(t, { ids: [7, 9] });
  const texts = (members: readonly ResetMember[] | null) => members?.map(it => `${it.address} ${it.group} ${it.isOwned}`);
  assert.deepEqual(texts(readResetMembers(device)), ['0000:01:00.0 7 false', '0000:01:00.1 9 false']);
  t.mock.restoreAll();
  standIn(t, { ids: [1, 0, NOT_OWNED], hasIds: true });
  assert.deepEqual(texts(readResetMembers(device)), ['0000:01:00.0 null true', '0000:01:00.1 null true', '0000:01:00.2 null false']);
  t.mock.restoreAll();
  answerIoctls(t, { [uapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO]: () => -ENODEV });
  assert.equal(readResetMembers(device), null);
});

test('hotReset takes what is not owned yet, resets, and gives it back', t => {
  using device = createMemfd('device', 1);
  const { resets } = standIn(t, { ids: [1, 0, NOT_OWNED], hasIds: true });
  const log: string[] = [];
  hotReset(device, { take: taking(log), groups: NOTHING_SHOWN, find: findIn({}) });
  assert.deepEqual(log, ['take 0000:01:00.2', 'leave 0000:01:00.2']);
  assert.deepEqual(resets, [[]]);
});

test('hotReset names the function in the way, resets nothing, and gives back what it took', t => {
  using device = createMemfd('device', 1);
  const { resets } = standIn(t, { ids: [1, NOT_OWNED, NOT_OWNED], hasIds: true });
  const last = '0000:01:00.2';
  const cases: readonly (readonly [drivers: Record<string, string | null>, refused: string | undefined, words: RegExp])[] = [
    [{ [last]: 'nvme' }, undefined, /EBUSY, 0000:01:00\.2 .* it is in use by nvme; wanted vfio-pci: airlock bind 0000:01:00\.2$/],
    [{ [last]: null }, undefined, /EBUSY, 0000:01:00\.2 .* it has no driver; wanted vfio-pci/],
    [{}, last, /EBUSY, 0000:01:00\.2 would be reset with it, and it is in use: Cannot open 0000:01:00\.2: EBUSY$/],
  ];
  for (const [drivers, refused, words] of cases) {
    const log: string[] = [];
    const options = { take: taking(log, refused), groups: NOTHING_SHOWN, find: findIn(drivers) };
    assert.throws(() => hotReset(device, options), { name: 'SyscallError', code: 'EBUSY', message: words });
    assert.deepEqual(log, ['take 0000:01:00.1', 'leave 0000:01:00.1']);
  }
  assert.deepEqual(resets, []);
});

test('VfioDevice.reset of a device without a reset of its own is the shared one, which leaves no file open', t => {
  const before = openCount();
  {
    using group = createMemfd('group', 1);
    const made: number[] = [];
    const info = uapi.vfio_device_info.encode({ argsz: 24, flags: uapi.VFIO_DEVICE_FLAGS_PCI, num_regions: 9, num_irqs: 5 });
    answerIoctls(t, {
      [uapi.VFIO_DEVICE_GET_INFO]: argument => {
        argument.set(info);
        return 0;
      },
      [uapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO]: argument => {
        const devices = [{ group_id: 0, segment: 0xffff, bus: 1, devfn: 9 }];
        uapi.vfio_pci_hot_reset_info.write({ argsz: argument.length, count: 1, devices }, argument);
        return 0;
      },
      [uapi.VFIO_DEVICE_RESET]: () => made.push(uapi.VFIO_DEVICE_RESET),
      [uapi.VFIO_DEVICE_PCI_HOT_RESET]: () => made.push(uapi.VFIO_DEVICE_PCI_HOT_RESET),
    });
    using device = LegacyVfioDevice.adopt(createMemfd('device', 1), { number: 7, descriptor: group });
    assert.equal(device.resetKind, 'shared');
    assert.throws(() => device.reset(), /EBUSY, ffff:01:01\.1 would be reset with it, and sysfs does not show it$/);
    assert.deepEqual(made, []);
  }
  assert.equal(openCount(), before);
});
