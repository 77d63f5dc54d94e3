/** Opening a made device against a double of the kernel: why it is closed, in a stable code and words, and that nothing stays open. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { makeTree, removeTree } from '../../../test/fixtures/sysfs-tree.ts';
import { standInForVfio, type VfioDouble } from '../../../test/fixtures/vfio-double.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { buildConfigSpace } from '../../pure/pci/builder.ts';
import { IOMMU_IOAS_ALLOC } from '../../pure/spec/iommufd/index.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { type HostDevice, readDevice } from '../sysfs/index.ts';
import { closedBecause, DeviceClosedError, type IommuBackend, withOpenDevice } from './open-device.ts';

const { EACCES, EBUSY, EINVAL, EIO, ENOENT, EPERM } = constants.errno;
const CDEV = '/dev/vfio/devices/vfio7';
const { bytes: config } = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000 });
const { bytes: bridge } = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5679, classCode: 0x060400, headerType: 1 });
const { bytes: hostBridge } = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x567a, classCode: 0x060000 });
const root = makeTree([
  { address: '0000:01:00.0', config, driver: 'vfio-pci', group: 12, vfioDevice: 'vfio7' },
  { address: '0000:02:00.0', config, driver: 'nvme', group: 13 },
  { address: '0000:03:00.0', config, group: 14 },
  { address: '0000:04:00.0', config, driver: 'vfio-pci' },
  { address: '0000:05:00.0', config, driver: 'mlx5_vfio_pci', group: 15 },
  { address: '0000:00:00.0', config: hostBridge, group: 0 },
  { address: '0000:06:00.0', config: bridge, driver: 'pcieport', group: 16 },
]);
after(() => removeTree(root));

function hostDevice(address: string): HostDevice {
  const device = readDevice(Bdf.parse(address), { root });
  assert.ok(device);
  return device;
}

describe('closedBecause', () => {
  const rows: readonly (readonly [address: string, backend: IommuBackend, code: string, message: string])[] = [
    ['0000:02:00.0', 'iommufd', 'in-use', 'in use by nvme, wanted vfio-pci: airlock bind 0000:02:00.0'],
    ['0000:06:00.0', 'iommufd', 'bridge', 'a bridge, which is never assigned; wanted an endpoint'],
    ['0000:00:00.0', 'iommufd', 'bridge', 'a host bridge, which is never assigned; wanted an endpoint'],
    ['0000:03:00.0', 'legacy', 'no-driver', 'no driver, wanted vfio-pci: airlock bind 0000:03:00.0'],
    ['0000:04:00.0', 'legacy', 'no-iommu', 'no IOMMU, wanted one that stands behind it: airlock doctor'],
    [
      '0000:05:00.0',
      'iommufd',
      'no-device-file',
      'no VFIO device file, wanted Linux 6.6 or newer with CONFIG_VFIO_DEVICE_CDEV, or --backend legacy',
    ],
  ];
  for (const [address, backend, code, message] of rows) {
    test(`closedBecause says why, and what mends it: ${code}`, () => {
      const closed = closedBecause(hostDevice(address), backend);
      assert.deepEqual([closed?.code, closed?.message], [code, `Cannot open ${address}: ${message}`]);
    });
  }

  test('closedBecause has nothing against a device that a VFIO driver has', () => {
    assert.equal(closedBecause(hostDevice('0000:01:00.0'), 'iommufd'), null);
    assert.equal(closedBecause(hostDevice('0000:05:00.0'), 'legacy'), null);
  });
});

describe('withOpenDevice', () => {
  const user = process.getuid?.() === 0 ? 'failed' : 'not-root';
  const bind = (errno: number) => ({ answers: { [uapi.VFIO_DEVICE_BIND_IOMMUFD]: () => -errno } });
  const rows: readonly (readonly [code: string, backend: IommuBackend, double: Partial<VfioDouble>])[] = [
    ['no-iommufd', 'iommufd', { refused: { '/dev/iommu': ENOENT } }],
    [user, 'iommufd', { refused: { [CDEV]: EACCES } }],
    ['held', 'iommufd', bind(EBUSY)],
    ['held', 'iommufd', bind(EINVAL)],
    ['held', 'legacy', { refused: { '/dev/vfio/12': EBUSY } }],
    ['unsafe-interrupts', 'iommufd', bind(EPERM)],
    ['unsafe-interrupts', 'legacy', { answers: { [uapi.VFIO_SET_IOMMU]: () => -EPERM } }],
    ['failed', 'iommufd', { answers: { [uapi.VFIO_DEVICE_GET_INFO]: () => -EIO } }],
  ];
  for (const [code, backend, double] of rows) {
    test(`withOpenDevice tells a refusal and closes all: ${code} through ${backend} (${JSON.stringify(double.refused ?? {})})`, t => {
      standInForVfio(t, { vfio: config, ...double });
      const before = openCount();
      assert.throws(
        () => withOpenDevice(hostDevice('0000:01:00.0'), backend, () => assert.fail('it was opened')),
        (error: unknown) => error instanceof DeviceClosedError && error.code === code && error.cause instanceof Error,
      );
      assert.equal(openCount(), before);
    });
  }

  for (const attach of [true, false]) {
    test(`withOpenDevice ${attach ? 'attaches the device to an empty address space' : 'makes no address space where only asked'}`, t => {
      const requests = standInForVfio(t, { vfio: config });
      const made = withOpenDevice(hostDevice('0000:01:00.0'), 'iommufd', () => [...requests], attach);
      assert.equal(made.includes(IOMMU_IOAS_ALLOC), attach);
      assert.equal(made.includes(uapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT), attach);
    });
  }

  test('withOpenDevice leaves a mistake of its caller what it is', t => {
    standInForVfio(t, { vfio: config });
    const before = openCount();
    assert.throws(() => withOpenDevice(hostDevice('0000:01:00.0'), 'iommufd', device => device.readRegion(0, -1, 1)), RangeError);
    assert.equal(openCount(), before);
  });
});
