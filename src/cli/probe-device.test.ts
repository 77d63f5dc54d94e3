/** Probing a made device against a double of the kernel: what is asked, what comes back, and that nothing stays open. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, test } from 'node:test';
import { openCount } from '../../test/fixtures/open-descriptors.ts';
import { schemaFaults } from '../../test/fixtures/published-schemas.ts';
import { makeTree, removeTree } from '../../test/fixtures/sysfs-tree.ts';
import { standInForVfio, VTD_DATA } from '../../test/fixtures/vfio-double.ts';
import { type HostDevice, readDevice } from '../linux/sysfs/index.ts';
import { DeviceClosedError } from '../linux/vfio/index.ts';
import { formatHexBytes } from '../pure/bytes/hex.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import { buildConfigSpace } from '../pure/pci/builder.ts';
import { probeJson } from '../pure/reports/probe-json.ts';
import { probeDifferences } from '../pure/reports/probe-report.ts';
import * as iommu from '../pure/spec/iommufd/index.ts';
import * as uapi from '../pure/spec/vfio/index.ts';
import { probeDevice } from './probe-device.ts';

const { EACCES, EBUSY, ENODEV, ENOENT } = constants.errno;
const ADDRESS = '0000:01:00.0';
const CDEV = '/dev/vfio/devices/vfio7';

const HARDWARE = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, command: 0x0406, bars: [0xfe000004] });
const VFIO = buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, command: 0x0002, bars: [0xfe000004] });

const bound = { config: HARDWARE.bytes, driver: 'vfio-pci', group: 12, vfioDevice: 'vfio7' };
const root = makeTree([
  { address: ADDRESS, ...bound },
  { address: '0000:02:00.0', config: HARDWARE.bytes, driver: 'nvme', group: 13 },
  { address: '0000:03:00.0', config: HARDWARE.bytes, group: 14 },
  { address: '0000:04:00.0', config: HARDWARE.bytes, driver: 'vfio-pci' },
  { address: '0000:05:00.0', config: HARDWARE.bytes, driver: 'mlx5_vfio_pci', group: 15 },
]);
after(() => removeTree(root));

function hostDevice(address = ADDRESS): HostDevice {
  const device = readDevice(Bdf.parse(address), { root });
  assert.ok(device);
  return device;
}

/** The error's message and short reason; checks that all files of the double are closed. */
function failure(backend: 'iommufd' | 'legacy', address = ADDRESS): { readonly message: string; readonly because: string } {
  const before = openCount();
  try {
    probeDevice(hostDevice(address), backend, root);
  } catch (error) {
    assert.ok(error instanceof DeviceClosedError, String(error));
    assert.equal(openCount(), before, 'a descriptor is left open');
    return { message: error.message, because: error.because };
  }
  assert.fail('it was opened');
}

test('probeDevice through iommufd gives report, bytes, regions and interrupts, and leaves nothing open', t => {
  const made = standInForVfio(t, { vfio: VFIO.bytes });
  const before = openCount();
  const report = probeDevice(hostDevice(), 'iommufd', root);
  assert.equal(openCount(), before);
  const { driver, backend, path, iommuGroup, kernel, flags, canReset } = report;
  assert.deepEqual(
    { driver, backend, path, iommuGroup, kernel, flags, canReset },
    { driver: 'vfio-pci', backend: 'iommufd', path: CDEV, iommuGroup: 12, kernel: '7.3.4', flags: 3, canReset: true },
  );
  assert.equal(report.hostIommu.atsSupport(), 'unsupported');
  assert.equal(formatHexBytes(report.hostIommu.report?.data ?? new Uint8Array(0)), formatHexBytes(VTD_DATA));
  assert.deepEqual(
    probeDifferences(report).differences.map(({ field, a, b }) => [field, a, b]),
    [
      ['common.command.busMasterEnable', 'true', 'false'],
      ['common.command.interruptDisable', 'true', 'false'],
    ],
  );
  assert.deepEqual(
    report.regions.map(({ index, size }) => [index, Number(size)]),
    [[0, 0x4000], ...[1, 2, 3, 4, 5, 6].map(index => [index, 0]), [7, 256]],
  );
  assert.deepEqual(
    report.interrupts.map(({ index, count }) => [index, count]),
    [
      [0, 0],
      [1, 0],
      [2, 17],
      [4, 0],
    ],
  );
  assert.ok(!made.includes(uapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT), 'asking needs no address space');
});

test('probeDevice asks an SMMUv3 for its CMDQV too, and takes no for an answer', t => {
  const smmuv3 = { type: 2, data: new Uint8Array(40), capabilities: 0n, maxPasidLog2: 0 };
  const made = standInForVfio(t, { vfio: VFIO.bytes, hwInfo: smmuv3 });
  assert.deepEqual(probeDevice(hostDevice(), 'iommufd', root).moreReports, []);
  assert.equal(made.filter(request => request === iommu.IOMMU_GET_HW_INFO).length, 2);
});

/** Reports of every type, of none, of one that is not known, and shorter and longer than the struct. */
const REPORTS: readonly (readonly [type: number, length: number])[] = [
  [iommu.IOMMU_HW_INFO_TYPE_NONE, 0],
  [iommu.IOMMU_HW_INFO_TYPE_INTEL_VTD, 24],
  [iommu.IOMMU_HW_INFO_TYPE_INTEL_VTD, 12],
  [iommu.IOMMU_HW_INFO_TYPE_ARM_SMMUV3, 40],
  [iommu.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV, 16],
  [iommu.IOMMU_HW_INFO_TYPE_AMD, 16],
  [iommu.IOMMU_HW_INFO_TYPE_AMD, 64],
  [0x2a, 8],
];

for (const [type, length] of REPORTS) {
  test(`probeJson is as the published schema has it: ${length} bytes of HW_INFO type ${type}`, t => {
    const data = Uint8Array.from({ length }, (_, i) => (37 * i + 0x11) & 0xff);
    standInForVfio(t, { vfio: VFIO.bytes, hwInfo: { type, data, capabilities: 0xffn, maxPasidLog2: 20 } });
    const printed = JSON.parse(JSON.stringify(probeJson(probeDevice(hostDevice(), 'iommufd', root))));
    assert.equal(printed.hwInfo.type, `0x${type.toString(16)}`);
    assert.deepEqual(schemaFaults('probe', printed), []);
  });
}

test('probeJson is as the published schema has it where the kernel cannot be asked about the IOMMU', t => {
  standInForVfio(t, { vfio: VFIO.bytes.subarray(0, 64) });
  const printed = JSON.parse(JSON.stringify(probeJson(probeDevice(hostDevice(), 'legacy', root))));
  assert.equal(printed.hwInfo, null);
  assert.deepEqual(schemaFaults('probe', printed), []);
});

test('probeDevice through a legacy container reports nothing about the IOMMU, and leaves nothing open', t => {
  const made = standInForVfio(t, { vfio: VFIO.bytes });
  const before = openCount();
  const { backend, path, hostIommu, vfio } = probeDevice(hostDevice(), 'legacy', root);
  assert.equal(openCount(), before);
  assert.deepEqual([backend, path, hostIommu.backend, hostIommu.report], ['legacy', '/dev/vfio/12', 'legacy', null]);
  assert.deepEqual(vfio.bytes, VFIO.bytes);
  assert.ok(!made.includes(iommu.IOMMU_GET_HW_INFO) && !made.includes(uapi.VFIO_DEVICE_BIND_IOMMUFD), 'no other backend is tried');
});

test('probeDevice says who has a device that is not bound to a VFIO driver, and what mends it', () => {
  assert.deepEqual(failure('iommufd', '0000:02:00.0'), {
    message: 'Cannot open 0000:02:00.0: in use by nvme, wanted vfio-pci: airlock bind 0000:02:00.0',
    because: 'in use by nvme',
  });
  assert.equal(failure('legacy', '0000:03:00.0').because, 'no driver');
  assert.equal(failure('iommufd', '0000:04:00.0').because, 'no IOMMU');
  assert.match(failure('iommufd', '0000:05:00.0').message, /with CONFIG_VFIO_DEVICE_CDEV, or --backend legacy$/);
});

test('probeDevice says why the kernel refuses, call by call, and closes what it had opened', t => {
  const cases = [
    ['iommufd', { refused: { '/dev/iommu': ENOENT } }, /^Cannot open \/dev\/iommu: ENOENT, the kernel has no iommufd/],
    ['iommufd', { refused: { [CDEV]: EACCES } }, /^Cannot open \/dev\/vfio\/devices\/vfio7: EACCES, the user may not/],
    ['iommufd', { answers: { [uapi.VFIO_DEVICE_BIND_IOMMUFD]: () => -EBUSY } }, /EBUSY, another process holds the device/],
    [
      'iommufd',
      { answers: { [iommu.IOMMU_GET_HW_INFO]: () => -ENODEV } },
      /^Cannot read the IOMMU behind device 0: ENODEV, the device is gone$/,
    ],
    ['iommufd', { answers: { [uapi.VFIO_DEVICE_GET_IRQ_INFO]: () => -ENODEV } }, /ENODEV, the device is gone$/],
    ['legacy', { refused: { '/dev/vfio/12': EBUSY } }, /^Cannot open \/dev\/vfio\/12: EBUSY, another process holds the group$/],
    ['legacy', { answers: { [uapi.VFIO_GROUP_GET_STATUS]: () => 0 } }, /^Cannot use group 12: not viable/],
    ['legacy', { answers: { [uapi.VFIO_GROUP_GET_DEVICE_FD]: () => -ENODEV } }, /ENODEV, the group has no such device/],
  ] as const;
  for (const [backend, double, words] of cases) {
    standInForVfio(t, { vfio: VFIO.bytes, ...double });
    assert.match(failure(backend).message, words);
    t.mock.restoreAll();
  }
});
