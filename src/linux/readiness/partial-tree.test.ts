import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  deviceFolder,
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
import { withoutSudo } from './check.ts';
import { examine } from './examine.ts';
import { groupReader, listDevice } from './list-device.ts';

const A = '0000:01:00.0';
const B = '0000:01:00.1';
const READY: MadeFunction = { address: A, driver: 'vfio-pci', group: 1, extended: [0x0f, 0x1b] };

/** What is missing in a tree, or another file of it; which check rests on it; what that says. */
interface Missing {
  readonly what: string;
  readonly without?: readonly string[];
  readonly more?: Tree;
  readonly device?: Partial<MadeFunction>;
  readonly code: string;
  readonly text: RegExp;
}

/** A space with a standard list of PCI Express alone. */
function express(length: number): Uint8Array {
  const bytes = madeConfig([0x0f], 4096);
  bytes[0x06] = 0x10;
  bytes[0x34] = 0x40;
  bytes[0x40] = 0x10;
  return bytes.slice(0, length);
}

const VECTORS: readonly Missing[] = [
  { what: 'dev', without: ['dev'], code: 'iommufd.present', text: /has no device files, .* whether it has \/dev\/iommu is not known$/ },
  { what: 'a list of modules', without: ['sys/bus/pci/drivers'], code: 'vfio.module', text: /neither sys\/module nor/ },
  {
    what: 'lists of IOMMUs',
    without: ['sys/class/iommu', 'sys/kernel/iommu_groups'],
    code: 'iommu.on',
    text: /has neither sys\/class\/iommu/,
  },
  { what: 'interrupts of PCI', more: { 'proc/interrupts': ' 1: 0 XT-PIC timer\n' }, code: 'interrupts.isolated', text: /cannot be told/ },
  {
    what: 'what a VFIO device links to',
    more: { 'sys/class/vfio-dev/vfio3': { link: 'nowhere' } },
    without: ['sys/class/vfio-dev/vfio3'],
    code: 'vfio.cdev',
    text: /no device is bound/,
  },
  { what: 'the command line', without: ['proc/cmdline'], code: 'pci.noats', text: /cannot be read/ },
  {
    what: 'the folder of groups',
    without: ['sys/kernel/iommu_groups'],
    code: 'group.viable',
    text: /the group of 0000:01:00\.0 is not known: iommu_group\/devices cannot be read: ENOENT$/,
  },
  {
    what: 'a link that became a folder',
    device: { files: { 'iommu_group/type': 'DMA\n' }, group: undefined },
    code: 'group.viable',
    text: /is not known: iommu_group cannot be read: EINVAL$/,
  },
  {
    what: 'a member of the group',
    more: { [`sys/kernel/iommu_groups/1/devices/${B}`]: { link: 'nowhere' } },
    code: 'group.viable',
    text: /does not show the drivers of 0000:01:00\.1$/,
  },
  {
    what: 'the driver, a folder',
    device: { files: { 'driver/bind': '' }, driver: undefined },
    code: 'device.driver',
    text: /the driver of 0000:01:00\.0 is not known: driver cannot be read: EINVAL$/,
  },
  { what: 'config', without: [`${deviceFolder(A)}/config`], code: 'device.ats', text: /its file config is not there$/ },
  { what: 'config', without: [`${deviceFolder(A)}/config`], code: 'device.pasid', text: /its file config is not there$/ },
  { what: 'config', without: [`${deviceFolder(A)}/config`], code: 'device.requires-ats', text: /its file config is not there$/ },
  {
    what: 'extended space of an Express function',
    device: { files: { config: express(256) } },
    code: 'device.ats',
    text: /only 256 bytes of config$/,
  },
  {
    what: 'ways to reset, of a kernel that names none',
    without: [`${deviceFolder(A)}/reset_method`],
    more: { 'proc/sys/kernel/osrelease': '5.14\n' },
    code: 'device.reset',
    text: /Linux 5\.14 names no ways to reset$/,
  },
  {
    what: 'ways to reset, in a folder',
    device: { files: { reset_method: { link: '.' } } },
    code: 'device.reset',
    text: /reset_method cannot be read: EISDIR$/,
  },
  {
    what: 'the word on trust, of a kernel that has none',
    more: { 'proc/sys/kernel/osrelease': '5.13\n' },
    code: 'device.trusted',
    text: /sysfs does not say$/,
  },
];

describe('a tree of which parts are missing', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write({ without = [], more = {}, device = {} }: Partial<Missing>): void {
    const { driver, group, ...rest } = { ...READY, ...device };
    const links = { ...(driver !== undefined && { driver }), ...(group !== undefined && { group }) };
    writeTree(root, READY_HOST, functionTree({ ...rest, ...links }));
    for (const path of without) rmSync(join(root, path), { recursive: true });
    writeTree(root, more);
  }

  function examined(missing: Partial<Missing>): Map<string, Check> {
    write(missing);
    const device = readDevice(Bdf.parse(A), { root });
    assert.ok(device);
    const checks = examine({ facts: readHostFacts({ root }), root, isRoot: true, required: [], subject: { device, physical: null } });
    return new Map(checks.map(check => [check.code, check]));
  }

  for (const missing of VECTORS) {
    test(`examine ${missing.code} is unknown without ${missing.what}`, () => {
      const check = examined(missing).get(missing.code);
      assert.equal(check?.status, 'unknown', check?.text);
      assert.match(check?.text ?? '', missing.text);
    });
  }

  test('examine fails nothing in a copy of sys and proc of a host that is ready', () => {
    const failed = [...examined({ without: ['dev'] }).values()].filter(({ status }) => status === 'fail' || status === 'warn');
    assert.deepEqual(failed, []);
  });

  const listed = () => {
    const device = readDevice(Bdf.parse(A), { root });
    assert.ok(device);
    return listDevice(device, { root, isRoot: true, hasIommufd: false, physical: null, groups: groupReader(root) });
  };

  test('examine concludes nothing, and mends nothing of this host, where a tree has lost its links', () => {
    const links = ['driver', 'iommu_group', 'subsystem'].map(name => `${deviceFolder(A)}/${name}`);
    write({ without: [...links, `${deviceFolder(A)}/reset_method`, 'proc/sys/kernel/osrelease'] });
    const device = readDevice(Bdf.parse(A), { root });
    assert.ok(device);
    const subject = { device, physical: null };
    const checks = examine({ facts: readHostFacts({ root }), root, isRoot: true, required: ['ats'], subject });
    const told = (code: string) => {
      const check = checks.find(one => one.code === code);
      return [check?.status, check?.text, check?.isCommand];
    };
    const lost = (link: string) => `${root} is another tree, which may have lost the link ${link}`;
    assert.deepEqual(told('group.viable'), ['unknown', `the group of ${A} is not known: ${lost('iommu_group')}`, false]);
    assert.deepEqual(told('device.driver'), ['unknown', `the driver of ${A} is not known: ${lost('driver')}`, false]);
    assert.deepEqual(told('kernel.ats'), ['fail', 'required, and not shown to be so: another tree: not opened', false]);
    assert.equal(checks.find(({ code }) => code === 'kernel.ats-report')?.fix, 'run airlock doctor on that host');
    assert.deepEqual(told('device.reset'), [
      'unknown',
      "not tried (another tree); the kernel's release is not known, and it names no ways to reset",
      false,
    ]);
    assert.deepEqual([listed().kernelAts.code, listed().driver, listed().group], ['other-tree', null, null]);
    assert.deepEqual(
      listed().unreadable,
      ['driver', 'iommu_group'].map(file => ({ file, code: 'ENOENT' })),
    );
  });

  test('examine knows of no driver and no group where other links and the groups are there', () => {
    const checks = examined({ device: { driver: undefined, group: undefined }, more: { 'sys/kernel/iommu_groups/7/type': 'DMA\n' } });
    assert.deepEqual([checks.get('group.viable')?.status, checks.get('device.driver')?.status], ['fail', 'fail']);
  });

  test('examine names the files of the tree, not those of this machine', () => {
    const checks = examined({ without: ['proc/cmdline', 'proc/interrupts'] });
    assert.ok(checks.get('pci.noats')?.text.endsWith(` from ${root}/proc/cmdline`));
    assert.ok(checks.get('interrupts.isolated')?.text.includes(` from ${root}/proc/interrupts;`));
  });

  test('listDevice knows ATS that is there, and not whether more follows in bytes that are not known', () => {
    write({ device: { files: { config: express(4096) } } });
    assert.deepEqual(listed().capabilities, { ats: 'yes', pasid: 'no', pri: 'no', unknownBecause: null });
    const conventional = madeConfig([], 256);
    writeTree(root, {});
    rmSync(join(root, deviceFolder(A), 'config'));
    writeTree(root, { [`${deviceFolder(A)}/config`]: express(256) });
    assert.deepEqual(listed().capabilities, {
      ats: 'unknown',
      pasid: 'unknown',
      pri: 'unknown',
      unknownBecause: 'only 256 bytes of config',
    });
    rmSync(join(root, deviceFolder(A), 'config'));
    writeTree(root, { [`${deviceFolder(A)}/config`]: conventional });
    assert.deepEqual(listed().capabilities, { ats: 'no', pasid: 'no', pri: 'no', unknownBecause: null });
  });

  test('listDevice names a config that is not there, and members whose drivers do not show', () => {
    write({ without: [`${deviceFolder(A)}/config`], more: { [`sys/kernel/iommu_groups/1/devices/${B}`]: { link: 'nowhere' } } });
    const { unreadable, group } = listed();
    assert.deepEqual(unreadable, [{ file: 'config', code: 'ENOENT' }]);
    assert.deepEqual(group?.hidden, [B]);
  });
});

test('withoutSudo leaves a command that works without it, and words as they are', () => {
  const check = (fix: string, isCommand: boolean) => withoutSudo({ code: 'x', status: 'fail', text: '', fix, isCommand }).fix;
  assert.equal(check('sudo modprobe a && echo Y | sudo tee b', true), 'modprobe a && echo Y | tee b');
  assert.equal(check('ask for sudo rights', false), 'ask for sudo rights');
});
