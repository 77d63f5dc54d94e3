/** Captures of a made host, opened through a double of the kernel: what is in them, what is read back, what never is. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Tree, writeTree } from '../../test/fixtures/host-tree.ts';
import { makeTree, removeTree } from '../../test/fixtures/sysfs-tree.ts';
import { standInForVfio } from '../../test/fixtures/vfio-double.ts';
import { captureDevices, captureHostFacts, formatCapture, formatConfigText, parseCapture } from '../pure/capture/index.ts';
import type { DeviceFacts } from '../pure/facts/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import { buildConfigSpace } from '../pure/pci/builder.ts';
import { captureHost, type HostCaptureOptions } from './host-capture.ts';
import { liveFacts, readLive } from './live.ts';

const SERIAL = { id: 0x03, body: '0011223344556677' };
const EXPRESS = { id: 0x10, body: '0200'.padEnd(116, '0') };
const ROOT_PORT = { id: 0x10, body: '4200'.padEnd(116, '0') };
const ENDPOINT = { vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, standard: [EXPRESS], extended: [SERIAL] };
const HARDWARE = buildConfigSpace({ ...ENDPOINT, command: 0x0406, bars: [0xfe000004] });
const VFIO = buildConfigSpace({ ...ENDPOINT, command: 2, bars: [0xfe000004] });
const ABSENT = buildConfigSpace({ vendorId: 0xffff, deviceId: 0xffff, classCode: 0x020000 });
const BRIDGE = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0x9abc,
  classCode: 0x060400,
  headerType: 1,
  standard: [ROOT_PORT],
  override: [{ at: 0x20, bytes: '77fe77fe' }],
});

const RESOURCE = [
  '0x0000004000000000 0x0000004000003fff 0x000000000014220c',
  '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  '0x000000000000e000 0x000000000000e01f 0x0000000000040101',
].join('\n');

/** What a host has that no capture may hold. */
const SECRETS = ['node-7.example', 'hunter2', '0123456789abcdef0123456789abcdef', '4c4c4544', 'aa:bb:cc:dd:ee:ff', 'S/N-4711', 'fed90000'];

const HOST: Tree = {
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/hostname': 'node-7.example\n',
  'proc/sys/kernel/hostname': 'node-7.example\n',
  'proc/cmdline': 'root=UUID=5e1f ip=node-7.example token=hunter2 pci=noats vfio-pci.ids=1234:5678 iommu=hunter2\n',
  'proc/interrupts': '  24:  0  IR-PCI-MSI-0000:00:1f.0  0-edge  ahci\n',
  'sys/class/dmi/id/product_uuid': '4c4c4544-0042-3510-8054-b4c04f4d5332\n',
  'sys/class/dmi/id/product_serial': 'S/N-4711\n',
  'sys/class/iommu/dmar0/intel-iommu/ecap': 'f00f4a\n',
  'sys/class/iommu/dmar0/intel-iommu/address': 'fed90000\n',
  'sys/class/iommu/dmar0/devices/0000:01:00.0': '',
  'sys/class/iommu/dmar0/devices/INT3400:fed90000': '',
  'sys/module/vfio_pci/parameters/disable_idle_d3': 'N\n',
  'sys/module/vfio_pci/parameters/secret': 'hunter2\n',
  'sys/module/vfio_pci/refcnt': '1\n',
  'sys/kernel/iommu_groups/12/type': 'DMA-FQ\n',
  'sys/devices/system/node/node0/distance': '10\n',
  'sys/devices/system/node/node0/cpulist': '0-3\n',
  'dev/iommu': '',
  'dev/vfio/devices/vfio7': '',
};

const bound = { driver: 'vfio-pci', group: 12, vfioDevice: 'vfio7' };
const root = makeTree(
  [
    {
      address: '0000:01:00.0',
      config: HARDWARE.bytes,
      ...bound,
      files: {
        numa_node: '1\n',
        resource: RESOURCE,
        reset_method: 'flr bus\n',
        sriov_totalvfs: '8\n',
        virtfn0: { link: '../0000:01:10.0' },
      },
    },
    {
      address: '0000:02:00.0',
      config: HARDWARE.bytes.slice(0, 64),
      driver: 'nvme',
      group: 13,
      files: { 'net/eth0/address': 'aa:bb:cc:dd:ee:ff\n' },
    },
    {
      address: '0000:01:10.0',
      config: ABSENT.bytes,
      group: 14,
      files: { vendor: '0x8086\n', device: '0x10ca\n', physfn: { link: '../0000:01:00.0' }, resource: RESOURCE },
    },
  ],
  {},
);
writeTree(root, HOST);
// A function below a root port, as the kernel lays out its folders.
const port = 'sys/devices/pci0000:00/0000:00:1c.0';
mkdirSync(join(root, port), { recursive: true });
writeFileSync(join(root, port, 'config'), BRIDGE.bytes);
const below: Tree = {
  [`${port}/0000:03:00.0/vendor`]: '0x1234\n',
  [`${port}/0000:03:00.0/device`]: '0x5678\n',
  [`${port}/0000:03:00.0/class`]: '0x020000\n',
  [`${port}/0000:03:00.0/config`]: HARDWARE.bytes,
  [`${port}/0000:03:00.0/driver`]: { link: '../../../../bus/pci/drivers/none' },
  'sys/bus/pci/devices/0000:03:00.0': { link: `../../../devices/pci0000:00/0000:00:1c.0/0000:03:00.0` },
};
writeTree(root, below);
after(() => removeTree(root));

const TRY = { root, backend: 'iommufd', open: 'try' } as const;
const OPTIONS: HostCaptureOptions = { redacts: [], root, now: Date.UTC(2026, 10, 28, 18), isRoot: true, withId: true };
const ADDRESSES = ['01:00.0', '02:00.0', '01:10.0', '03:00.0'].map(text => Bdf.parse(text));

const read = () => ADDRESSES.map(address => readLive(address, TRY));

/** What can be compared of a device: its bytes as text, no description, and of its checks only that there are some. */
function plain(facts: DeviceFacts): object {
  const { config, vfio, above, assignment, bdf, ...rest } = facts;
  return {
    ...rest,
    ...{
      origin: null,
      description: null,
      hostIommu: rest.hostIommu && [rest.hostIommu.backend, rest.hostIommu.atsSupport(), rest.hostIommu.report?.capabilities],
    },
    bdf: bdf?.text,
    config: formatConfigText(config),
    vfio: vfio && formatConfigText(vfio),
    above: above?.map(formatConfigText),
    assignment: { ...assignment, checks: null },
  };
}

test('captureHost gives, read back, the devices as they were live', t => {
  standInForVfio(t, { vfio: VFIO.bytes });
  const capture = parseCapture(formatCapture(captureHost(read(), OPTIONS)));
  const back = [...captureDevices(capture)];
  assert.equal(back.length, ADDRESSES.length);
  for (const [i, device] of read().entries()) {
    const live = liveFacts(device, { root, kernel: '7.3.4' });
    const one = back[i];
    assert.ok(one);
    // Of what was not asked there is no report, which a capture says with the kernel's release.
    assert.deepEqual(plain({ ...one, hostIommu: live.hostIommu && one.hostIommu }), plain(live), device.host.address.text);
  }
  assert.equal(back[0]?.hostIommu?.atsSupport(), 'unsupported');
  assert.deepEqual(back[3]?.above?.map(formatConfigText), [formatConfigText(BRIDGE)]);
});

test('captureHost tells of the host what matters, and in its checks nothing of where the copy lies', t => {
  standInForVfio(t, { vfio: VFIO.bytes });
  const capture = captureHost(read(), OPTIONS);
  const { checks, ...host } = capture.host;
  assert.deepEqual(host, {
    id: { from: 'machine-id', hash: 'c64b6406595a4482b498ee760def737d' },
    kernel: '7.3.4',
    architecture: 'x86_64',
    kernelOptions: ['pci=noats', 'vfio-pci.ids=1234:5678', 'iommu=…'],
    iommus: [{ kind: 'intel-vtd', attributes: { ecap: 'f00f4a' }, devices: ['0000:01:00.0'] }],
    iommufd: { path: '/dev/iommu' },
    vfioContainer: null,
    modules: [
      { name: 'iommufd', state: 'absent', parameters: {} },
      { name: 'vfio', state: 'absent', parameters: {} },
      { name: 'vfio_iommu_type1', state: 'absent', parameters: {} },
      { name: 'vfio_pci', state: 'loaded', parameters: { disable_idle_d3: 'N' } },
    ],
    numaNodes: [{ node: 0, distances: [10], cpus: '0-3' }],
  });
  assert.equal(captureHostFacts(capture).noAts, true);
  assert.deepEqual([checks?.[0]?.code, checks?.[0]?.status], ['iommu.on', 'pass']);
  const [device, , , far] = capture.devices;
  assert.ok(
    device?.checks?.some(({ code, status }) => code === 'kernel.ats' && status === 'warn'),
    'the kernel was asked',
  );
  assert.ok(!formatCapture(capture).includes(root));
  assert.equal(capture.time, undefined, 'when a copy was made does not show');
  assert.deepEqual(far?.above, ['0000:00:1c.0']);
  assert.deepEqual(device?.iommuGroup, { number: 12, type: 'DMA-FQ', members: ['0000:01:00.0'], file: null });
  assert.deepEqual(
    [device?.sriov, device?.cdev],
    [{ totalVfs: 8, virtualFunctions: ['0000:01:10.0'] }, { path: '/dev/vfio/devices/vfio7' }],
  );
});

test('captureHost of this host has a time, and without withId no id', () => {
  const { time, host } = captureHost([], { ...OPTIONS, root: '/', withId: false });
  assert.equal(time, '2026-11-28T18:00:00Z');
  assert.equal(host.id, undefined);
});

test('captureHost says whether it holds all that the host lists; a copy may have lost some', t => {
  standInForVfio(t, { vfio: VFIO.bytes });
  const all = read();
  assert.equal(captureHost(all, OPTIONS).whole, undefined);
  assert.equal(captureHost(all.slice(1), OPTIONS).whole, false);
  const here = existsSync('/sys/bus/pci/devices') ? readdirSync('/sys/bus/pci/devices') : [];
  const { whole } = captureHost([], { ...OPTIONS, root: '/' });
  assert.equal(whole, here.length === 0);
});

test('captureHost redacts host bytes, vfio bytes and bridges, records what and where, and gives no secret of the host away', t => {
  standInForVfio(t, { vfio: VFIO.bytes });
  const capture = captureHost(read(), { ...OPTIONS, redacts: ['serials', 'addresses'] });
  assert.deepEqual(capture.redacts, ['serials', 'addresses']);
  const [device] = capture.devices;
  assert.deepEqual(device?.redacted, [
    { at: '0x10', length: 4, what: 'BAR 0' },
    { at: '0x104', length: 8, what: 'serial number' },
  ]);
  for (const bytes of [device?.config ?? '', device?.vfio ?? '']) {
    assert.equal(bytes.slice(2 * 0x10, 2 * 0x14), '04000000');
    assert.equal(bytes.slice(2 * 0x104, 2 * 0x10c), '?'.repeat(16));
  }
  const [bridge] = capture.bridges ?? [];
  assert.deepEqual(bridge?.redacted?.map(({ what }) => what).includes('memory base'), true);
  const text = formatCapture(capture);
  for (const secret of [...SECRETS, 'fe00', '77fe', '0011223344556677', '0x4000000000', root]) assert.ok(!text.includes(secret), secret);
  assert.equal(capture.host.id?.hash, captureHost(read(), OPTIONS).host.id?.hash, 'a redacted capture matches one that is not');
  parseCapture(text);
});
