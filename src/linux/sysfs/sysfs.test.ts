/** Devices from made trees, and from the host that the tests run on. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { PATIENCE, within } from '../../../test/fixtures/deadline.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { AttributeFolder } from './attribute.ts';
import { readDevice, readDevices, readIommuGroup } from './index.ts';

type Content = string | Uint8Array | { readonly link: string };
type Tree = Readonly<Record<string, Content>>;

const config = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => at & 0xff);

/** Writes the files and links of a function: its folder below a root port, and the link to it that the bus has. */
function deviceTree(address: string, attributes: Tree): Tree {
  const folder = `sys/devices/pci0000:00/${address}`;
  const files = { vendor: '0x8086\n', device: '0x10c9\n', class: '0x020000\n', ...attributes };
  return {
    [`sys/bus/pci/devices/${address}`]: { link: `../../../devices/pci0000:00/${address}` },
    ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content])),
  };
}

const RESOURCE = [
  '0x00000000fe000000 0x00000000fe01ffff 0x0000000000040200',
  '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  '0x0000004000000000 0x000000400007ffff 0x000000000014220c',
  '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  '0x000000000000e000 0x000000000000e01f 0x0000000000040101',
  '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  '0x00000000fe100000 0x00000000fe13ffff 0x0000000000046200',
  '0x00000000fe200000 0x00000000fe21ffff 0x0000000000140204',
].join('\n');

const PHYSICAL_ATTRIBUTES: Tree = {
  subsystem_vendor: '0x8086\n',
  subsystem_device: '0xa03c\n',
  revision: '0x01\n',
  modalias: 'pci:v00008086d000010C9sv00008086sd0000A03Cbc02sc00i00\n',
  driver: { link: '../../../bus/pci/drivers/vfio-pci' },
  driver_override: 'vfio-pci\n',
  iommu_group: { link: '../../../kernel/iommu_groups/12' },
  numa_node: '1\n',
  resource: RESOURCE,
  sriov_totalvfs: '8\n',
  // Whoever reads it finds a folder here, and a process that waits on a real host.
  'sriov_numvfs/never-read': '',
  virtfn10: { link: '../0000:01:11.2' },
  virtfn9: { link: '../0000:01:11.0' },
  'vfio-dev/vfio3/dev': '511:3\n',
  reset_method: 'flr bus\n',
  config: config(4096),
};
const PHYSICAL = deviceTree('0000:01:00.0', PHYSICAL_ATTRIBUTES);

const VIRTUAL = deviceTree('10000:e1:00.1', {
  vendor: '0xffff\n',
  driver_override: '(null)\n',
  numa_node: '-1\n',
  physfn: { link: '../0000:01:00.0' },
  config: config(64),
});

const GROUP = {
  'sys/kernel/iommu_groups/12/type': 'DMA-FQ\n',
  'sys/kernel/iommu_groups/12/devices/0000:01:00.0': { link: '../../../../devices/pci0000:00/0000:01:00.0' },
  'sys/kernel/iommu_groups/12/devices/0000:01:00.1': { link: '../../../../devices/pci0000:00/0000:01:00.1' },
};

describe('sysfs', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'airlock-sysfs-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(...trees: readonly Tree[]): void {
    for (const [path, content] of trees.flatMap(tree => Object.entries(tree))) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(join(root, path), content);
      else symlinkSync(content.link, join(root, path));
    }
  }

  test('readDevice reads all that sysfs says about a function', () => {
    write(PHYSICAL, GROUP);
    const device = readDevice(Bdf.parse('01:00.0'), { root });
    assert.ok(device);
    const { address, bars, config: space, sriov, iommuGroup, ...plain } = device;
    assert.equal(address.text, '0000:01:00.0');
    assert.deepEqual(plain, {
      vendorId: 0x8086,
      deviceId: 0x10c9,
      subsystemVendorId: 0x8086,
      subsystemId: 0xa03c,
      revisionId: 1,
      classCode: 0x020000,
      modalias: 'pci:v00008086d000010C9sv00008086sd0000A03Cbc02sc00i00',
      driver: 'vfio-pci',
      driverOverride: 'vfio-pci',
      numaNode: 1,
      vfioDevice: '/dev/vfio/devices/vfio3',
      resetMethods: ['flr', 'bus'],
      unreadable: [],
    });
    assert.deepEqual(iommuGroup, { number: 12, type: 'DMA-FQ', members: ['0000:01:00.0', '0000:01:00.1'] });
    assert.deepEqual([space.knownLength, space.read(0xffe, 2)], [4096, 0xfffe]);
    assert.deepEqual(
      bars.map(({ index, kind, width, prefetchable, address: at, size }) => [index, kind, width, prefetchable, at, size]),
      [
        [0, 'memory', 32, false, 0xfe000000n, 0x20000n],
        [2, 'memory', 64, true, 0x4000000000n, 0x80000n],
        [4, 'io', 32, false, 0xe000n, 0x20n],
        [6, 'rom', 32, true, 0xfe100000n, 0x40000n],
      ],
    );
    assert.deepEqual(JSON.parse(JSON.stringify(sriov)), {
      physicalFunction: null,
      virtualFunctions: ['0000:01:11.0', '0000:01:11.2'],
      totalVfs: 8,
    });
  });

  test('readDevice knows what is not there from what is', () => {
    write(VIRTUAL);
    const device = readDevice(Bdf.parse('10000:e1:00.1'), { root });
    assert.ok(device);
    const { driver, driverOverride, iommuGroup, numaNode, vfioDevice, modalias, revisionId } = device;
    assert.deepEqual(
      { driver, driverOverride, iommuGroup, numaNode, vfioDevice, modalias, revisionId },
      {
        driver: null,
        driverOverride: null,
        iommuGroup: null,
        numaNode: null,
        vfioDevice: null,
        modalias: null,
        revisionId: null,
      },
    );
    assert.deepEqual([device.bars, device.resetMethods], [[], []]);
    assert.equal(device.sriov.physicalFunction?.text, '0000:01:00.0');
    assert.equal(device.sriov.totalVfs, null);
    assert.equal(device.config.knownLength, 64, 'a user without privilege gets 64 bytes');
    assert.equal(device.config.read(0x40, 1), undefined);
    assert.equal(readDevice(Bdf.parse('02:00.0'), { root }), null);
  });

  test('readDevices gives all functions in address order and can leave config space alone', () => {
    write(VIRTUAL, PHYSICAL, deviceTree('0000:00:1f.0', {}), { 'sys/bus/pci/devices/strange': 'x' });
    const devices = readDevices({ root, config: false });
    assert.deepEqual(
      devices.map(device => device.address.text),
      ['0000:00:1f.0', '0000:01:00.0', '10000:e1:00.1'],
    );
    assert.ok(devices.every(device => device.config.knownLength === 0));
    assert.deepEqual(readDevices({ root: join(root, 'none') }), []);
  });

  test('readDevices passes over what is no function: a missing, an empty and a strange identity', () => {
    write(
      deviceTree('0000:00:01.0', { vendor: '' }),
      deviceTree('0000:00:02.0', { class: 'network' }),
      { 'sys/bus/pci/devices/0000:00:03.0': { link: '../../../devices/pci0000:00/0000:00:03.0' } },
      deviceTree('0000:00:04.0', { resource: 'nonsense\n\n0x1 0x2', numa_node: 'x', reset_method: '\n' }),
    );
    const [device, ...others] = readDevices({ root });
    assert.equal(others.length, 0);
    assert.equal(device?.address.text, '0000:00:04.0');
    assert.deepEqual([device.bars, device.numaNode, device.resetMethods], [[], null, []]);
  });

  test('readDevices keeps a function whose driver went away, and says which files it could not read', () => {
    write(deviceTree('0000:00:01.0', { modalias: { link: 'nowhere' }, revision: { link: '.' } }), {
      'sys/kernel/iommu_groups/0/type': 'DMA\n',
    });
    const [device] = readDevices({ root });
    assert.deepEqual([device?.modalias, device?.revisionId], [null, null]);
    assert.deepEqual(device?.unreadable, [
      { file: 'revision', code: 'EISDIR' },
      { file: 'config', code: 'ENOENT' },
    ]);
    assert.deepEqual(readDevices({ root, config: false })[0]?.unreadable, [{ file: 'revision', code: 'EISDIR' }]);
  });

  test('AttributeFolder gives null for what vanished after it was listed', () => {
    write({ 'folder/name': 'text', 'folder/link': { link: 'name' } });
    const folder = AttributeFolder.open(join(root, 'folder'));
    assert.ok(folder);
    assert.deepEqual([folder.text('name'), folder.link('link'), folder.text('none')], ['text', 'name', null]);
    rmSync(join(root, 'folder'), { recursive: true });
    assert.deepEqual([folder.text('name'), folder.link('link'), folder.bytes('name')], [null, null, null]);
    assert.deepEqual(folder.vanished, ['name', 'link', 'name']);
    assert.equal(AttributeFolder.open(join(root, 'folder')), null);
  });

  test('readDevice gives null for a function that vanishes between two reads', () => {
    const { modalias: _, ...attributes } = PHYSICAL_ATTRIBUTES;
    write(deviceTree('0000:01:00.0', attributes), GROUP);
    const path = join(root, 'sys/devices/pci0000:00/0000:01:00.0');
    execFileSync('mkfifo', [`${path}/modalias`]);
    // Its open waits for our reading of that file; what is read after it is gone.
    spawn('sh', ['-c', 'exec 3> "$1/modalias" && mv "$1" "$1-" && echo pci: >&3', 'sh', path]);
    assert.equal(readDevice(Bdf.parse('01:00.0'), { root }), null);
    assert.ok(existsSync(`${path}-`));
  });

  test('readDevices survives functions that come and go', async () => {
    write(PHYSICAL, GROUP);
    const path = join(root, 'sys/devices/pci0000:00/0000:01:00.0');
    const program = `const { renameSync } = require('node:fs');
      const { workerData: { path, over } } = require('node:worker_threads');
      while (over[0] === 0) { renameSync(path, path + '-'); renameSync(path + '-', path); }`;
    const over = new Uint8Array(new SharedArrayBuffer(1));
    const worker = new Worker(program, { eval: true, workerData: { path, over } });
    const done = new Promise<void>((resolve, reject) => worker.once('error', reject).once('exit', () => resolve()));
    const counts = [0, 0];
    try {
      await within(PATIENCE, 'the worker runs', new Promise(resolve => worker.once('online', resolve)));
      // On a busy machine the two take turns, and one of them is seldom interrupted where it matters.
      for (const end = Date.now() + 20_000; Date.now() < end && (counts[0] < 3 || counts[1] < 3); ) {
        const devices = readDevices({ root });
        counts[devices.length]++;
        for (const device of devices) assert.equal(device.deviceId, 0x10c9);
      }
    } finally {
      over[0] = 1;
    }
    await within(PATIENCE, 'the worker ends', done);
    assert.ok(counts[0] >= 3 && counts[1] >= 3, `seen gone ${counts[0]} times, there ${counts[1]} times`);
    assert.equal(readDevices({ root }).length, 1);
  });

  test('readDevices takes under 1.5 s of a processor for 1,000 functions', () => {
    const addresses = Array.from({ length: 1000 }, (_, i) => new Bdf(1, i >> 5, i & 0x1f, 0).text);
    // All lead to one folder: writing a thousand would take most of the time.
    const link = { link: '../../../devices/pci0000:00/0000:01:00.0' };
    write(PHYSICAL, GROUP, Object.fromEntries(addresses.map(address => [`sys/bus/pci/devices/${address}`, link])));
    // Of the processor: on a busy machine the clock says more about the others.
    const start = process.cpuUsage();
    const devices = readDevices({ root });
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    assert.equal(devices.length, 1001);
    assert.ok(devices.every(device => device.iommuGroup?.number === 12 && device.config.knownLength === 4096));
    assert.ok(took < 1500, `took ${took.toFixed(0)} ms`);
  });

  test('readIommuGroup reads members without a type, null for a group that is not there', () => {
    write({ 'sys/kernel/iommu_groups/0/devices/ARMH0011:00': 'x' });
    assert.deepEqual(readIommuGroup(0, root), { number: 0, type: null, members: ['ARMH0011:00'] });
    assert.equal(readIommuGroup(1, root), null);
  });
});

const NO_PCI = existsSync('/sys/bus/pci/devices') ? false : 'this host has no PCI in /sys';

test('readDevices agrees with the sysfs of this host', { skip: NO_PCI }, () => {
  const devices = readDevices();
  const path = '/sys/bus/pci/devices';
  assert.deepEqual(
    devices.map(device => device.address.text),
    readdirSync(path).sort(),
  );
  for (const { address, vendorId, deviceId, config: space } of devices) {
    assert.equal(vendorId, Number(readFileSync(`${path}/${address.text}/vendor`, 'utf8')));
    assert.deepEqual(space.bytes, new Uint8Array(readFileSync(`${path}/${address.text}/config`)));
    // Virtual functions hold 0xffff there.
    if (space.read(0, 2) !== 0xffff) assert.deepEqual([space.read(0, 2), space.read(2, 2)], [vendorId, deviceId]);
  }
});
