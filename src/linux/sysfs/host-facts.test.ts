/** Host facts from made trees, and from the host that the tests run on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { newRoot, type Tree, writeTree } from '../../../test/fixtures/host-tree.ts';
import { isFileThere, isParameterSet, NO_HOST_FACTS, presentModules } from '../../pure/facts/index.ts';
import { APPLICATION_ID } from './host-id.ts';
import { readHostFacts, readPageSize } from './index.ts';

/** Of no machine, and what systemd-id128 makes of it for Airlock. */
const MACHINE_ID = '0123456789abcdef0123456789abcdef';
const HASH = 'c64b6406595a4482b498ee760def737d';

describe('readHostFacts', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const write = (tree: Tree): void => writeTree(root, tree);

  test('readPageSize finds the size among the words that the kernel gives a process, and says null where it is not', () => {
    const auxv = (...words: readonly bigint[]) => new Uint8Array(BigUint64Array.from(words).buffer);
    write({ 'proc/self/auxv': auxv(16n, 6n, 6n, 65536n, 0n, 0n) });
    assert.equal(readPageSize(root), 65536);
    write({ 'proc/self/auxv': auxv(16n, 6n, 0n, 0n) });
    assert.equal(readPageSize(root), null);
    assert.equal(readPageSize(`${root}/nowhere`), null);
    assert.equal(readPageSize(), Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout));
  });

  test('readHostFacts reads kernel, IOMMUs, modules and limits', () => {
    write({
      'proc/sys/kernel/osrelease': '7.3.4\n',
      'proc/sys/kernel/arch': 'x86_64\n',
      'proc/cmdline': 'root=/dev/vda pci=realloc,noats intel_iommu=on\n',
      'proc/self/limits':
        'Limit  Soft Limit  Hard Limit  Units\nMax locked memory         8388608              unlimited            bytes     \n',
      'sys/class/iommu/dmar0/intel-iommu/ecap': 'f00f4a\n',
      'sys/class/iommu/dmar0/intel-iommu/version': '1:0\n',
      'sys/class/iommu/dmar0/devices/0000:01:00.0': 'x',
      'sys/class/iommu/ivhd1/amd-iommu/features': '0:4f77ef22294ada\n',
      'sys/class/iommu/smmu3.0x0000000009050000/uevent': '',
      'sys/class/iommu/virtio7/uevent': '',
      'sys/class/iommu/new0/uevent': '',
      'dev/iommu': '',
      'sys/module/iommufd/parameters/allow_unsafe_interrupts': 'N\n',
      'sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts': 'Y\n',
      'sys/module/iommufd/uevent': '',
      'sys/module/mlx5_vfio_pci/refcnt': '0\n',
      'sys/module/vfio_iommu_type1/parameters/dma_entry_limit': '65535\n',
      'sys/module/vfio_iommu_type1/parameters/secret': 'hunter2\n',
      'sys/module/nvme/refcnt': '0\n',
      'sys/bus/pci/drivers/vfio-pci/bind': '',
      'sys/devices/system/node/node0/distance': '10 21\n',
      'sys/devices/system/node/node0/cpulist': '0-3\n',
      'sys/devices/system/node/node1/distance': '21 10\n',
      'sys/devices/system/node/node1/cpulist': '\n',
      'sys/devices/system/node/possible': '0-1\n',
      'etc/machine-id': `${MACHINE_ID}\n`,
    });
    const { iommus, ...facts } = readHostFacts({ root });
    assert.deepEqual(facts, {
      id: { from: 'machine-id', hash: HASH },
      time: null,
      isWhole: null,
      kernel: '7.3.4',
      architecture: 'x86_64',
      pageSize: null,
      kernelOptions: ['pci=realloc,noats', 'intel_iommu=on'],
      noAts: true,
      iommufd: { path: '/dev/iommu', mode: null, uid: null, gid: null },
      vfioContainer: 'none',
      modules: [
        { name: 'iommufd', state: 'builtin', parameters: { allow_unsafe_interrupts: 'N' } },
        { name: 'mlx5_vfio_pci', state: 'loaded', parameters: {} },
        { name: 'vfio', state: 'absent', parameters: {} },
        { name: 'vfio_iommu_type1', state: 'present', parameters: { allow_unsafe_interrupts: 'Y', dma_entry_limit: '65535' } },
        { name: 'vfio_pci', state: 'present', parameters: {} },
      ],
      numaNodes: [
        { node: 0, distances: [10, 21], cpus: '0-3' },
        { node: 1, distances: [21, 10], cpus: '' },
      ],
      checks: null,
    });
    assert.deepEqual(
      [isParameterSet(facts, 'vfio_iommu_type1', 'allow_unsafe_interrupts'), isParameterSet(facts, 'iommufd', 'allow_unsafe_interrupts')],
      [true, false],
    );
    assert.deepEqual(iommus, [
      { name: 'dmar0', kind: 'intel-vtd', attributes: { ecap: 'f00f4a', version: '1:0' }, devices: ['0000:01:00.0'] },
      { name: 'ivhd1', kind: 'amd', attributes: { features: '0:4f77ef22294ada' }, devices: null },
      { name: 'new0', kind: 'other', attributes: {}, devices: null },
      { name: 'smmu3.0x0000000009050000', kind: 'arm-smmuv3', attributes: {}, devices: null },
      { name: 'virtio7', kind: 'virtio', attributes: {}, devices: null },
    ]);
  });

  test('readHostFacts of an empty tree knows nothing and invents nothing', () => {
    assert.deepEqual(readHostFacts({ root }), NO_HOST_FACTS);
  });

  test('readHostFacts hashes the machine ID, or where there is none the UUID of the board, and gives neither away', () => {
    const id = () => readHostFacts({ root }).id;
    const uuid = '4C4C4544-0042-3510-8054-B4C04F4D5332';
    write({ 'sys/class/dmi/id/product_uuid': `${uuid}\n` });
    const board = id();
    assert.equal(board?.from, 'product-uuid');
    assert.match(board?.hash ?? '', /^[\da-f]{12}4[\da-f]{3}[89ab][\da-f]{15}$/);
    assert.ok(!JSON.stringify(readHostFacts({ root })).includes('4c4c4544'));
    write({ 'etc/machine-id': `${MACHINE_ID}\n` });
    assert.deepEqual(id(), { from: 'machine-id', hash: HASH });
    for (const none of ['uninitialized\n', '', `${'0'.repeat(32)}\n`, `${MACHINE_ID}0\n`]) {
      write({ 'etc/machine-id': none });
      assert.deepEqual(id(), board, none);
    }
  });

  test('readHostFacts knows the device files of a copy without a dev from the list of them, and says else that it does not know', () => {
    const files = () => {
      const { iommufd, vfioContainer } = readHostFacts({ root });
      return [isFileThere(iommufd), isFileThere(vfioContainer)];
    };
    write({ 'sys/class/misc/iommu/dev': '10:123\n' });
    assert.deepEqual(files(), [true, null]);
    mkdirSync(join(root, 'dev'));
    assert.deepEqual(files(), [true, null], 'the folder of a system that is not running is empty');
    write({ 'dev/vfio/vfio': '' });
    assert.deepEqual(files(), [false, true]);
  });

  test('readHostFacts knows no modules where sysfs lists none, and none are loaded where its list is empty of them', () => {
    write({ 'sys/class/x/y': '' });
    assert.equal(readHostFacts({ root }).modules, null);
    write({ 'sys/module/nvme/refcnt': '1\n' });
    assert.deepEqual(presentModules(readHostFacts({ root })), []);
    assert.deepEqual(
      readHostFacts({ root }).modules?.map(({ name, state }) => `${name} ${state}`),
      ['iommufd absent', 'vfio absent', 'vfio_iommu_type1 absent', 'vfio_pci absent'],
    );
    rmSync(join(root, 'sys/module'), { recursive: true });
    write({ 'sys/bus/pci/drivers/nvgrace-gpu-vfio-pci/bind': '' });
    assert.deepEqual(presentModules(readHostFacts({ root })), ['nvgrace_gpu_vfio_pci']);
  });
});

test('readHostFacts agrees with what the system calls say', () => {
  assert.equal(readHostFacts().kernel, release());
});

const SYSTEMD = spawnSync('systemd-id128', ['machine-id', '--app-specific', APPLICATION_ID], { encoding: 'utf8' });
const NO_SYSTEMD = SYSTEMD.status === 0 ? false : 'no systemd-id128, or this system has no machine ID';

test("readHostFacts gives the id that systemd-id128 gives for Airlock's application ID", { skip: NO_SYSTEMD }, () => {
  assert.deepEqual(readHostFacts().id, { from: 'machine-id', hash: SYSTEMD.stdout.trim() });
});

test('readHostFacts of this host names who may open a device file', () => {
  const { iommufd } = readHostFacts();
  if (iommufd === 'none') assert.ok(!existsSync('/dev/iommu'));
  else assert.match(iommufd?.mode ?? '', /^[0-7]{4}$/);
});
