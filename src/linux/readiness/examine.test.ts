import assert from 'node:assert/strict';
import { rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  functionTree,
  type MadeFunction,
  madeConfig,
  newRoot,
  READY_HOST,
  type Tree,
  writeTree,
} from '../../../test/fixtures/host-tree.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { readDevice, readHostFacts } from '../sysfs/index.ts';
import type { Requirement } from './check.ts';
import { examine } from './examine.ts';
import { checkMemoryLimit } from './memory-limit.ts';
import { checkAccess } from './permissions.ts';

const A = '0000:01:00.0';
const READY: MadeFunction = {
  address: A,
  driver: 'vfio-pci',
  group: 1,
  extended: [0x0f, 0x1b],
  files: { 'vfio-dev/vfio3/dev': '511:3\n' },
};

describe('examine', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  interface Made {
    readonly host?: Tree;
    readonly without?: readonly string[];
    readonly device?: Partial<MadeFunction> | null;
    readonly trees?: readonly Tree[];
    readonly required?: readonly Requirement[];
    readonly isRoot?: boolean;
  }

  function examined({ host = {}, without = [], device = null, trees = [], required = [], isRoot = true }: Made): Map<string, Check> {
    writeTree(root, { ...READY_HOST, ...host }, ...(device === null ? [] : [functionTree({ ...READY, ...device })]), ...trees);
    for (const path of without) unlinkSync(join(root, path));
    const found = device === null ? null : readDevice(Bdf.parse(A), { root });
    const parent = found?.sriov.physicalFunction;
    const physical = parent ? readDevice(parent, { root }) : null;
    const subject = found && { device: found, physical };
    const checks = examine({ facts: readHostFacts({ root }), root, isRoot, required, subject });
    for (const { status, fix } of checks) if (status === 'fail') assert.ok(fix, 'each failure has what mends it');
    return new Map(checks.map(check => [check.code, check]));
  }

  /** One code of a made host or device: its status, its words, what mends it. */
  const VECTORS: readonly (readonly [name: string, made: Made, code: string, status: string, text: RegExp, fix?: RegExp])[] = [
    [
      'a device that does not answer',
      { device: { files: { config: new Uint8Array(64).fill(0xff) } } },
      'device.no-answer',
      'fail',
      /^0000:01:00\.0: the device does not answer: its header reads as all ones/,
      /power the device up/,
    ],
    [
      'ATS of a device that does not answer',
      { device: { files: { config: new Uint8Array(4096).fill(0xff) } } },
      'device.ats',
      'unknown',
      /is not known: the device does not answer/,
    ],
    ['an IOMMU', {}, 'iommu.on', 'pass', /^one IOMMU: dmar0 \(intel-vtd\)$/],
    ['interrupt remapping', {}, 'interrupts.isolated', 'pass', /remapping is in use/],
    [
      'no interrupt remapping',
      { host: { 'proc/interrupts': ' 24: 0 PCI-MSI-0000:00:1f.0 ahci\n' } },
      'interrupts.isolated',
      'fail',
      /EPERM/,
      /^sudo modprobe iommufd && echo Y \| sudo tee \/sys\/module\/iommufd\/parameters\/allow_unsafe_interrupts$/,
    ],
    [
      'the risk of interrupts taken',
      { host: { 'proc/interrupts': ' 24: 0 PCI-MSI x\n', 'sys/module/iommufd/parameters/allow_unsafe_interrupts': 'Y\n' } },
      'interrupts.isolated',
      'warn',
      /allow_unsafe_interrupts is set/,
    ],
    [
      'interrupts of an Arm host',
      { host: { 'proc/sys/kernel/arch': 'aarch64\n', 'proc/interrupts': ' 5: 0 ITS-MSI x\n' } },
      'interrupts.isolated',
      'pass',
      /translation/,
    ],
    [
      'interrupts of another Arm host',
      { host: { 'proc/sys/kernel/arch': 'aarch64\n', 'proc/interrupts': ' 5: 0 GICv2 x\n' } },
      'interrupts.isolated',
      'unknown',
      /cannot be told/,
    ],
    ['no list of interrupts', { without: ['proc/interrupts'] }, 'interrupts.isolated', 'unknown', /cannot be told/],
    ['iommufd', {}, 'iommufd.present', 'pass', /\/dev\/iommu/],
    [
      'no iommufd and a legacy container',
      { without: ['dev/iommu'] },
      'iommufd.present',
      'warn',
      /legacy container is there/,
      /^sudo modprobe iommufd$/,
    ],
    [
      'no iommufd, required',
      { without: ['dev/iommu'], required: ['iommufd'] },
      'iommufd.present',
      'fail',
      /^required: /,
      /^sudo modprobe iommufd$/,
    ],
    ['neither iommufd nor a container', { without: ['dev/iommu', 'dev/vfio/vfio'] }, 'iommufd.present', 'fail', /nor is there a legacy/],
    [
      'a kernel without iommufd',
      { without: ['dev/iommu'], host: { 'lib/modules/7.3.4/modules.dep': 'kernel/drivers/vfio/vfio.ko.xz:\n' } },
      'iommufd.present',
      'warn',
      /Linux 7\.3\.4 has no module iommufd/,
      /CONFIG_IOMMUFD/,
    ],
    [
      'a kernel with iommufd, not loaded',
      { without: ['dev/iommu'], host: { 'lib/modules/7.3.4/modules.dep': 'kernel/drivers/iommu/iommufd/iommufd.ko.xz: x\n' } },
      'iommufd.present',
      'warn',
      /^there is no \/dev\/iommu: /,
      /^sudo modprobe iommufd$/,
    ],
    ['a VFIO driver', {}, 'vfio.module', 'pass', /vfio_pci/],
    ['device files', {}, 'vfio.cdev', 'pass', /\/dev\/vfio\/devices/],
    ['no device file', { without: ['sys/class/vfio-dev/vfio3/dev'] }, 'vfio.cdev', 'warn', /^vfio3 has no file/, /CONFIG_VFIO_DEVICE_CDEV/],
    ['no device file, required', { without: ['sys/class/vfio-dev/vfio3/dev'], required: ['iommufd'] }, 'vfio.cdev', 'fail', /^required: /],
    ['who may open it on another host', {}, 'permissions.iommufd', 'unknown', /another tree/],
    ['the memory limit of another host', {}, 'permissions.memlock', 'unknown', /another tree/],
    ['a kernel that reports ATS', {}, 'kernel.ats-report', 'pass', /^Linux 7\.3\.4 reports/],
    ['a kernel that cannot', { host: { 'proc/sys/kernel/osrelease': '7.0.9-rc\n' } }, 'kernel.ats-report', 'warn', /“unreported”/, /7\.1/],
    [
      'a kernel that cannot, required',
      { host: { 'proc/sys/kernel/osrelease': '6.12\n' }, required: ['ats'] },
      'kernel.ats-report',
      'fail',
      /^required: Linux 6\.12/,
    ],
    ['no release', { without: ['proc/sys/kernel/osrelease'] }, 'kernel.ats-report', 'unknown', /not known/],
    [
      'a strange release, required',
      { host: { 'proc/sys/kernel/osrelease': 'mine\n' }, required: ['ats'] },
      'kernel.ats-report',
      'fail',
      /not shown to be so: no version/,
    ],
    ['pci=noats', { host: { 'proc/cmdline': 'quiet pci=noats\n' } }, 'pci.noats', 'warn', /off for all/, /without pci=noats/],
    ['pci=noats, required', { host: { 'proc/cmdline': 'pci=noats\n' }, required: ['ats'] }, 'pci.noats', 'fail', /^required: /],
    ['no command line', { without: ['proc/cmdline'] }, 'pci.noats', 'unknown', /\/proc\/cmdline/],
    ['a device alone in its group', { device: {} }, 'group.viable', 'pass', /^alone in group 1$/],
    [
      'a group that another member blocks',
      { device: {}, trees: [functionTree({ address: '0000:01:00.1', driver: 'nvme', group: 1 })] },
      'group.viable',
      'fail',
      /0000:01:00\.1 to nvme bound/,
      /^sudo airlock bind 0000:01:00\.0 --group --yes$/,
    ],
    [
      'a group of which none is in use',
      { device: {}, trees: [functionTree({ address: '0000:01:00.1', group: 1 })] },
      'group.viable',
      'pass',
      /no other member/,
    ],
    [
      'a device without a group',
      { device: { files: { 'group-less': '' } }, without: ['sys/devices/pci0000:00/0000:01:00.0/iommu_group'] },
      'group.viable',
      'fail',
      /in no IOMMU group/,
    ],
    [
      'a group without an IOMMU',
      { device: {}, host: { 'sys/kernel/iommu_groups/1/name': 'vfio-noiommu\n' } },
      'group.viable',
      'fail',
      /no-IOMMU mode/,
    ],
    ['a VFIO driver that has the device', { device: {} }, 'device.driver', 'pass', /bound to vfio-pci/],
    ['a driver of the host', { device: { driver: 'igb' } }, 'device.driver', 'fail', /in use by igb/, /^sudo airlock bind 0000:01:00\.0$/],
    ['ATS', { device: {} }, 'device.ats', 'pass', /has the ATS capability/],
    ['no ATS', { device: { extended: [1] } }, 'device.ats', 'pass', /no ATS capability; nothing/],
    ['no ATS, required', { device: { extended: [1] }, required: ['ats'] }, 'device.ats', 'fail', /^required: .* no ATS/],
    ['64 bytes', { device: { configLength: 64 }, isRoot: false }, 'device.ats', 'unknown', /not known: not root$/, /as root/],
    [
      '64 bytes, required',
      { device: { configLength: 64 }, isRoot: false, required: ['ats'] },
      'device.ats',
      'fail',
      /^required, and not shown to be so: /,
    ],
    ['no PASID, required', { device: { extended: [0x0f] }, required: ['pasid'] }, 'device.pasid', 'fail', /^required: /],
    ['an outward port', { device: { files: { removable: 'removable\n' } } }, 'device.trusted', 'warn', /does not trust/],
    [
      'an outward port, required',
      { device: { files: { removable: 'removable\n' } }, required: ['ats'] },
      'device.trusted',
      'fail',
      /^required: /,
    ],
    ['a kernel that cannot be asked', { device: {} }, 'kernel.ats', 'unknown', /another tree/],
    ['a kernel that cannot be asked, required', { device: {}, required: ['ats'] }, 'kernel.ats', 'fail', /not shown to be so/],
    ['a device in use', { device: { driver: 'igb' } }, 'kernel.ats', 'unknown', /in use by igb/, /^sudo airlock bind 0000:01:00\.0$/],
    ['PASID of a kernel that cannot be asked, required', { device: {}, required: ['pasid'] }, 'kernel.pasid', 'fail', /not shown to be so/],
    ['nothing that requires ATS', { device: {} }, 'device.requires-ats', 'pass', /nothing in its config space/],
    ['a device by NVIDIA with ATS', { device: { files: { vendor: '0x10de\n' } } }, 'device.requires-ats', 'unknown', /NVIDIA/],
    ['64 bytes', { device: { configLength: 64 }, isRoot: false }, 'device.requires-ats', 'unknown', /not root/],
    [
      'reset that was not tried',
      { device: { driver: 'igb' } },
      'device.reset',
      'unknown',
      /^not tried \(in use by igb\); the kernel would use flr, bus$/,
    ],
    ['no reset', { device: { files: { reset_method: '\n' } } }, 'device.reset', 'warn', /no way to reset/],
  ];

  for (const [name, made, code, status, text, fix] of VECTORS) {
    test(`examine ${code}: ${name}`, () => {
      const check = examined(made).get(code);
      assert.equal(check?.status, status, check?.text);
      assert.match(check?.text ?? '', text);
      if (fix !== undefined) assert.match(check?.fix ?? '', fix);
    });
  }

  test('examine iommu.on fails on a host with neither IOMMUs nor groups, and knows nothing of a tree without sys', () => {
    writeTree(root, {
      'sys/bus/pci/drivers/x/bind': '',
      'proc/sys/kernel/arch': 'x86_64\n',
      'sys/class/iommu/iommufd_selftest_iommu.0/uevent': '',
    });
    const bare = () => examine({ facts: readHostFacts({ root }), root, isRoot: true, required: [], subject: null });
    const [check] = bare();
    assert.deepEqual([check?.code, check?.status], ['iommu.on', 'fail']);
    assert.match(check?.fix ?? '', /intel_iommu=on/);
    for (const [architecture, wanted] of [
      ['aarch64', /IORT.*CONFIG_ARM_SMMU_V3/],
      ['riscv64', /a kernel that has its driver/],
    ] as const) {
      writeTree(root, { 'proc/sys/kernel/arch': `${architecture}\n` });
      assert.match(bare()[0]?.fix ?? '', wanted);
      assert.doesNotMatch(bare()[0]?.fix ?? '', /intel_iommu|amd_iommu/);
    }
    assert.equal(bare().find(({ code }) => code === 'vfio.module')?.fix, 'sudo modprobe vfio-pci');
    assert.equal(bare().find(({ code }) => code === 'vfio.cdev')?.status, 'unknown');
    writeTree(root, { 'sys/kernel/iommu_groups/0/type': 'DMA\n' });
    assert.match(bare()[0]?.text ?? '', /^there are 1 IOMMU groups$/);
    rmSync(join(root, 'sys'), { recursive: true });
    assert.equal(bare()[0]?.status, 'unknown');
  });

  test('examine device.requires-ats: a CXL device with a cache of host memory does, one with memory alone does not', () => {
    const config = madeConfig([0x23, 0x0f]);
    const view = new DataView(config.buffer);
    view.setUint32(0x104, 0x03c0_1e98, true);
    const check = (capability: number) => {
      view.setUint16(0x10a, capability, true);
      return examined({ device: { files: { config, 'vfio-dev/vfio3/dev': '' } } }).get('device.requires-ats');
    };
    assert.equal(check(0x0004)?.status, 'pass');
    rmSync(join(root, 'sys'), { recursive: true });
    assert.equal(check(0x0007)?.status, 'warn');
    rmSync(join(root, 'sys'), { recursive: true });
    view.setUint16(0x104, 0x8086, true);
    assert.equal(check(0x0007)?.status, 'pass', 'a DVSEC of another vendor says nothing of the kind');
  });

  test('examine has the same codes in the same order, whatever the host', () => {
    const codes = [...examined({ device: {} }).keys()];
    assert.deepEqual(codes, [
      'iommu.on',
      'interrupts.isolated',
      'iommufd.present',
      'vfio.module',
      'vfio.cdev',
      'permissions.iommufd',
      'permissions.memlock',
      'kernel.ats-report',
      'pci.noats',
      'group.viable',
      'device.driver',
      'permissions.device',
      'device.ats',
      'device.trusted',
      'kernel.ats',
      'device.requires-ats',
      'device.pasid',
      'kernel.pasid',
      'device.reset',
    ]);
  });
});

const MIB = 1024 * 1024;
const LIMITS: readonly (readonly [name: string, soft: number | null | 'not known', isRoot: boolean, status: string])[] = [
  ['root, whatever the limit', 8 * MIB, true, 'pass'],
  ['no limit', null, false, 'pass'],
  ['the usual 8 MiB', 8 * MIB, false, 'fail'],
  ['one byte too little', 64 * MIB - 1, false, 'fail'],
  ['a small guest', 64 * MIB, false, 'warn'],
  ['a gigabyte', 1024 * MIB, false, 'pass'],
  ['a limit that is not known', 'not known', false, 'unknown'],
];
for (const [name, soft, isRoot, status] of LIMITS) {
  test(`checkMemoryLimit: ${name}`, () => {
    const check = checkMemoryLimit(soft === 'not known' ? null : { soft, hard: null }, { isRoot, root: '/' });
    assert.equal(check.status, status);
    if (status === 'fail') assert.match(check.fix ?? '', /^sudo prlimit --pid \$\$ --memlock=unlimited$/);
  });
}

test('checkAccess passes for a file that may be opened, and does not know of one that is not there', () => {
  assert.equal(checkAccess({ code: 'x', path: '/dev/null', root: '/' }).status, 'pass');
  assert.equal(checkAccess({ code: 'x', path: '/dev/none', root: '/' }).status, 'unknown');
});

test('checkAccess fails with the command that mends it for a file that may not be opened', () => {
  const check = checkAccess({ code: 'x', path: '/dev/null', root: '/', mayOpen: () => false });
  assert.deepEqual([check.status, check.fix], ['fail', 'sudo setfacl -m u:$USER:rw /dev/null']);
});
