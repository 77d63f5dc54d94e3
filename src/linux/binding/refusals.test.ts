import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  deviceFolder,
  functionTree,
  type MadeFunction,
  newRoot,
  READY_HOST,
  type Tree,
  writeTree,
} from '../../../test/fixtures/host-tree.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { readDevice } from '../sysfs/index.ts';
import { findRefusals } from './refusals.ts';

const A = '0000:01:00.0';
const B = '0000:02:00.0';
const FOLDER = deviceFolder(A);

/** `mounts`: lines of `major:minor mount-point type source`. */
function mounts(...lines: readonly string[]): Tree {
  const text = lines.map((line, i) => {
    const [device, point, type, source] = line.split(' ');
    return `${i + 20} 1 ${device} / ${point} rw shared:1 - ${type} ${source} rw`;
  });
  return { 'proc/1/mountinfo': `${text.join('\n')}\n` };
}

/** A disk of the function with a partition of number 8:1. */
const DISK: Tree = {
  [`${FOLDER}/ata1/block/sda/sda1/partition`]: '1\n',
  [`${FOLDER}/ata1/block/sda/size`]: '1\n',
  'sys/class/block/sda1': { link: `../../../${FOLDER}/ata1/block/sda/sda1` },
  'sys/class/block/sda': { link: `../../../${FOLDER}/ata1/block/sda` },
  'sys/dev/block/8:1': { link: `../../../${FOLDER}/ata1/block/sda/sda1` },
};

/** A mapped device of number 253:0 on that partition, and one of 253:1 on the first. */
const MAPPED: Tree = {
  'sys/devices/virtual/block/dm-0/slaves/sda1': { link: `../../../../../../${FOLDER}/ata1/block/sda/sda1` },
  'sys/devices/virtual/block/dm-1/slaves/dm-0': { link: '../../dm-0' },
  'sys/class/block/dm-1': { link: '../../devices/virtual/block/dm-1' },
  'sys/dev/block/253:1': { link: '../../devices/virtual/block/dm-1' },
  'dev/dm-1': '',
  'dev/mapper/data': { link: '../dm-1' },
};

/** A namespace that stands under its subsystem and not under the function. */
const MULTIPATH: Tree = {
  [`${FOLDER}/nvme/nvme0/state`]: 'live\n',
  'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0': { link: `../../../../../${FOLDER}/nvme/nvme0` },
  'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2/partition': '2\n',
  'sys/dev/block/259:2': { link: '../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2' },
};

function network(name: string, folder: string | null, state: string): Tree {
  const path = folder === null ? `sys/devices/virtual/net/${name}` : `${folder}/net/${name}`;
  return {
    [`${path}/operstate`]: `${state}\n`,
    ...(folder === null ? {} : { [`${path}/device`]: { link: '../..' } }),
    [`sys/class/net/${name}`]: { link: `../../../${path}` },
  };
}

const ROUTES = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';
const route = (name: string): Tree => ({ 'proc/net/route': `${ROUTES}${name}\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n` });
const BRIDGE: Tree = { ...network('br0', null, 'up'), 'sys/devices/virtual/net/br0/lower_eth0': { link: '../x' } };
const console_ = (names: string): Tree => ({ 'sys/class/tty/console/active': `${names}\n` });

interface Vector {
  readonly name: string;
  readonly made?: Partial<MadeFunction>;
  readonly trees: readonly Tree[];
  /** Codes, in order. */
  readonly codes: readonly string[];
  readonly words?: RegExp;
}

const BOOT_SCREEN = { files: { boot_vga: '1\n', class: '0x030000\n' } };
const STORAGE = { files: { class: '0x010601\n' } };

const VECTORS: readonly Vector[] = [
  { name: 'nothing against a function that carries nothing', trees: [mounts('8:17 / ext4 /dev/sdb1')], codes: [] },
  {
    name: 'the root file system',
    trees: [DISK, mounts('8:1 / ext4 /dev/sda1')],
    codes: ['carries.root-file-system'],
    words: /ext4, \/dev\/sda1/,
  },
  {
    name: 'the root file system before another one',
    trees: [DISK, mounts('8:1 /data ext4 /dev/sda1', '8:1 / ext4 /dev/sda1')],
    codes: ['carries.root-file-system'],
  },
  {
    name: 'a mounted file system, with blanks in its name',
    trees: [DISK, mounts('8:1 /my\\040data ext4 /dev/sda1')],
    codes: ['carries.file-system'],
    words: /the file system at \/my data/,
  },
  {
    name: 'a file system on two layers of mapped devices',
    trees: [DISK, MAPPED, mounts('253:1 / xfs /dev/mapper/data')],
    codes: ['carries.root-file-system'],
  },
  {
    name: 'a btrfs, which has no number of a device',
    trees: [DISK, MAPPED, mounts('0:35 / btrfs /dev/mapper/data')],
    codes: ['carries.root-file-system'],
  },
  {
    name: 'a second disk of a btrfs',
    trees: [
      DISK,
      { 'sys/fs/btrfs/1-2/devices/sda1': { link: `../../../../../${FOLDER}/ata1/block/sda/sda1` } },
      mounts('0:35 /data btrfs /dev/x'),
    ],
    codes: ['carries.file-system'],
  },
  {
    name: 'an NVMe namespace that stands under its subsystem',
    trees: [MULTIPATH, mounts('259:2 / ext4 /dev/nvme0n1p2')],
    codes: ['carries.root-file-system'],
  },
  {
    name: 'a folder that the machine below shares',
    trees: [
      mounts('0:29 /host 9p share'),
      { [`${FOLDER}/virtio3/mount_tag`]: 'share\0', 'sys/bus/virtio/devices/virtio3': { link: `../../../../${FOLDER}/virtio3` } },
    ],
    codes: ['carries.file-system'],
    words: /the file system at \/host \(9p, share\)/,
  },
  {
    name: 'a root that is shared through virtiofs',
    trees: [
      mounts('0:29 / virtiofs root'),
      {
        'sys/fs/virtiofs/5/tag': 'root\n',
        'sys/fs/virtiofs/5/device': { link: `../../../../${FOLDER}/virtio3` },
        [`${FOLDER}/virtio3/x`]: '',
      },
    ],
    codes: ['carries.root-file-system'],
  },
  {
    name: 'swap',
    trees: [DISK, { 'dev/sda1': '', 'proc/swaps': 'Filename\tType\tSize\tUsed\tPriority\n/dev/sda1 partition 1 0 -2\n' }],
    codes: ['carries.file-system'],
    words: /swap on \/dev\/sda1/,
  },
  {
    name: 'storage where the disk of the root cannot be told',
    made: STORAGE,
    trees: [mounts('0:30 / zfs rpool/root')],
    codes: ['carries.perhaps-file-system'],
  },
  {
    name: 'storage where a pool is mounted',
    made: STORAGE,
    trees: [mounts('0:30 /tank zfs tank')],
    codes: ['carries.perhaps-file-system'],
  },
  { name: 'nothing against a network card where the disk of the root cannot be told', trees: [mounts('0:30 / zfs rpool')], codes: [] },
  {
    name: 'nothing against storage where the root is in memory',
    made: STORAGE,
    trees: [mounts('0:2 / rootfs rootfs', '0:9 /mnt nfs h:/x')],
    codes: [],
  },
  {
    name: 'the only network that is up',
    trees: [network('eth0', FOLDER, 'up'), network('eth1', deviceFolder(B), 'down')],
    codes: ['carries.only-network'],
  },
  {
    name: 'nothing against one of two networks',
    trees: [network('eth0', FOLDER, 'up'), network('eth1', deviceFolder(B), 'up')],
    codes: [],
  },
  { name: 'nothing against a network that is down', trees: [network('eth0', FOLDER, 'down')], codes: [] },
  {
    name: 'a network that does not say its state and has a carrier',
    trees: [network('eth0', FOLDER, 'unknown'), { [`${FOLDER}/net/eth0/carrier`]: '1\n' }],
    codes: ['carries.only-network'],
  },
  {
    name: 'the only default route, below a bridge',
    trees: [network('eth0', FOLDER, 'up'), network('eth1', deviceFolder(B), 'up'), BRIDGE, route('br0')],
    codes: ['carries.only-network'],
    words: /the only default route \(br0\)/,
  },
  {
    name: 'nothing where the default route is another one',
    trees: [network('eth0', FOLDER, 'up'), network('eth1', deviceFolder(B), 'up'), route('eth1')],
    codes: [],
  },
  {
    name: 'the only default route of IPv6',
    trees: [
      network('eth0', FOLDER, 'up'),
      network('eth1', deviceFolder(B), 'up'),
      { 'proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80 00000400 1 0 3 eth0\n${'0'.repeat(32)} 00 x lo\n` },
    ],
    codes: ['carries.only-network'],
  },
  { name: 'the screen of the console', made: BOOT_SCREEN, trees: [console_('tty0')], codes: ['carries.console'] },
  { name: 'nothing against the first screen where the console is a serial line', made: BOOT_SCREEN, trees: [console_('ttyS0')], codes: [] },
  {
    name: 'a frame buffer of the console',
    trees: [
      console_('ttyS0 tty0'),
      { [`${FOLDER}/graphics/fb0/name`]: 'x', 'sys/class/graphics/fb0': { link: `../../../${FOLDER}/graphics/fb0` } },
    ],
    codes: ['carries.console'],
  },
  {
    name: 'the serial line of the console',
    trees: [console_('ttyS4'), { [`${FOLDER}/tty/ttyS4/dev`]: '4:68', 'sys/class/tty/ttyS4': { link: `../../../${FOLDER}/tty/ttyS4` } }],
    codes: ['carries.console'],
    words: /the console \(ttyS4\)/,
  },
  {
    name: 'a virtio console',
    trees: [
      console_('hvc0'),
      {
        [`${FOLDER}/virtio1/virtio-ports/vport1p0/name`]: '',
        'sys/class/virtio-ports/vport1p0': { link: `../../../${FOLDER}/virtio1/virtio-ports/vport1p0` },
      },
    ],
    codes: ['carries.console'],
  },
  { name: 'a bridge', made: { files: { class: '0x060400\n' } }, trees: [], codes: ['kind.bridge'] },
  {
    name: 'nothing against a switch of accelerators, which is an endpoint',
    made: { files: { class: '0x068000\n' } },
    trees: [],
    codes: [],
  },
  {
    name: 'virtual functions',
    made: { files: { virtfn0: { link: '../0000:01:10.0' }, sriov_totalvfs: '8\n' } },
    trees: [],
    codes: ['kind.virtual-functions'],
  },
  {
    name: 'nothing against a function that has no virtual functions now',
    made: { files: { sriov_totalvfs: '8\n' } },
    trees: [],
    codes: [],
  },
];

describe('findRefusals', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function refusals(...addresses: readonly string[]) {
    const devices = addresses.map(address => readDevice(Bdf.parse(address), { root, config: false }));
    assert.ok(devices.every(device => device !== null));
    return findRefusals(devices, root);
  }

  for (const { name, made, trees, codes, words } of VECTORS) {
    test(`findRefusals finds ${name}`, () => {
      writeTree(
        root,
        READY_HOST,
        functionTree({ address: A, driver: 'x', group: 1, ...made }),
        functionTree({ address: B, driver: 'y', group: 2 }),
        ...trees,
      );
      const found = refusals(A);
      assert.deepEqual(
        found.map(({ code }) => code),
        codes,
      );
      if (words !== undefined) assert.match(found[0]?.text ?? '', words);
    });
  }

  test('findRefusals finds a function without an IOMMU, but where VFIO was told to do without', () => {
    writeTree(root, functionTree({ address: A }));
    assert.deepEqual(
      refusals(A).map(({ code }) => code),
      ['kind.no-iommu'],
    );
    writeTree(root, { 'sys/module/vfio/parameters/enable_unsafe_noiommu_mode': 'Y\n' });
    assert.deepEqual(refusals(A), []);
  });

  test('findRefusals sees that two functions together carry all networks', () => {
    const nets = [network('eth0', FOLDER, 'up'), network('eth1', deviceFolder(B), 'up')];
    writeTree(root, functionTree({ address: A, group: 1 }), functionTree({ address: B, group: 1 }), ...nets);
    assert.deepEqual(refusals(A), []);
    assert.deepEqual(
      refusals(A, B).map(({ text }) => text),
      [`${A}, ${B} carries the only network that is up (eth0, eth1); wanted another way into the host`],
    );
  });

  test('findRefusals ends where mapped devices stand on each other in a circle', () => {
    writeTree(root, functionTree({ address: A, group: 1 }), mounts('253:0 / ext4 /dev/dm-0'), {
      'sys/devices/virtual/block/dm-0/slaves/dm-0': { link: '../../dm-0' },
      'sys/dev/block/253:0': { link: '../../devices/virtual/block/dm-0' },
    });
    assert.deepEqual(refusals(A), []);
  });

  test('findRefusals reads the own mounts of this process where those of the first cannot be read', () => {
    const { 'proc/1/mountinfo': text = '' } = mounts('8:1 / ext4 /dev/sda1');
    writeTree(root, functionTree({ address: A, group: 1 }), DISK, { 'proc/self/mountinfo': text });
    mkdirSync(join(root, 'proc/1/mountinfo'), { recursive: true });
    assert.deepEqual(
      refusals(A).map(({ code }) => code),
      ['carries.root-file-system'],
    );
  });
});
