import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { functionTree, type MadeFunction, newRoot, writeTree } from '../../../test/fixtures/host-tree.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { readDevice } from '../sysfs/index.ts';
import { whyNotAsked } from './ask.ts';
import { groupReader, listDevice } from './list-device.ts';

const A = '0000:01:00.0';
const VF = '0000:01:10.0';

describe('listDevice', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function listed(address: string, made: readonly MadeFunction[], isRoot = true) {
    writeTree(root, ...made.map(functionTree));
    const device = readDevice(Bdf.parse(address), { root });
    assert.ok(device);
    const parent = device.sriov.physicalFunction;
    const physical = parent === null ? null : readDevice(parent, { root });
    return listDevice(device, { root, isRoot, hasIommufd: true, physical, groups: groupReader(root) });
  }

  test('listDevice knows the capabilities from 4096 bytes, and that 256 bytes hold none', () => {
    const extended = [1, 0x0f, 0x13];
    assert.deepEqual(listed(A, [{ address: A, extended }]).capabilities, { ats: 'yes', pasid: 'no', pri: 'yes', unknownBecause: null });
    rmSync(`${root}/sys`, { recursive: true });
    assert.deepEqual(listed(A, [{ address: A, configLength: 256 }]).capabilities, {
      ats: 'no',
      pasid: 'no',
      pri: 'no',
      unknownBecause: null,
    });
  });

  const unknown = { ats: 'unknown', pasid: 'unknown', pri: 'unknown' };
  test('listDevice says why capabilities are unknown: another user, no bytes, a device that is asleep', () => {
    const short = [{ address: A, configLength: 64 }];
    assert.deepEqual(listed(A, short, false).capabilities, { ...unknown, unknownBecause: 'not root' });
    assert.deepEqual(listed(A, [], true).capabilities, { ...unknown, unknownBecause: 'only 64 bytes of config' });
    rmSync(`${root}/sys`, { recursive: true });
    const asleep = [{ address: A, files: { config: new Uint8Array(4096).fill(0xff) } }];
    assert.deepEqual(listed(A, asleep).capabilities, { ...unknown, unknownBecause: 'the device does not answer' });
    rmSync(`${root}/sys`, { recursive: true });
    const folder = [{ address: A, files: { config: { link: '.' } } }];
    assert.deepEqual(listed(A, folder).capabilities, { ...unknown, unknownBecause: 'config cannot be read: EISDIR' });
  });

  const virtual: MadeFunction = { address: VF, extended: [0x0f], files: { physfn: { link: `../${A}` }, vendor: '0xffff\n' } };

  test('listDevice gives a virtual function PASID and PRI of its physical function', () => {
    const { capabilities, physicalFunction } = listed(VF, [virtual, { address: A, extended: [0x0f, 0x1b] }]);
    assert.deepEqual(capabilities, { ats: 'yes', pasid: 'physical-function', pri: 'no', unknownBecause: null });
    assert.equal(physicalFunction?.text, A);
  });

  test('listDevice does not know PASID of a virtual function whose physical function is not there', () => {
    assert.deepEqual(listed(VF, [virtual]).capabilities, {
      ats: 'yes',
      pasid: 'unknown',
      pri: 'unknown',
      unknownBecause: 'its physical function is not there',
    });
  });

  test('listDevice names who of the group has a driver of the host, itself included', () => {
    const { group } = listed(A, [
      { address: A, driver: 'igb', group: 3 },
      { address: '0000:01:00.1', driver: 'vfio-pci', group: 3 },
      { address: '0000:01:00.2', driver: 'nvme', group: 3 },
    ]);
    assert.deepEqual(group, {
      number: 3,
      type: null,
      members: [A, '0000:01:00.1', '0000:01:00.2'],
      blockers: [
        { address: A, driver: 'igb' },
        { address: '0000:01:00.2', driver: 'nvme' },
      ],
      hidden: [],
    });
  });

  const REASONS: readonly (readonly [code: string, because: string, made: Partial<MadeFunction>, root: string, hasIommufd: boolean])[] = [
    ['no-iommu', 'no IOMMU', {}, '/', true],
    ['no-driver', 'no driver', { group: 1 }, '/', true],
    ['in-use', 'in use by igb', { group: 1, driver: 'igb' }, '/', true],
    ['other-tree', 'another tree', { group: 1, driver: 'vfio-pci', files: { 'vfio-dev/vfio0/dev': '' } }, '/mnt', true],
    ['no-device-file', 'no VFIO device file', { group: 1, driver: 'vfio-pci' }, '/', true],
    ['no-iommufd', 'no iommufd', { group: 1, driver: 'vfio-pci', files: { 'vfio-dev/vfio0/dev': '' } }, '/', false],
  ];
  for (const [code, because, made, askRoot, hasIommufd] of REASONS) {
    test(`whyNotAsked: ${because}`, () => {
      writeTree(root, functionTree({ address: A, ...made }));
      const device = readDevice(Bdf.parse(A), { root });
      assert.ok(device);
      const why = whyNotAsked(device, { root: askRoot, hasIommufd });
      assert.deepEqual([why?.code, why?.because], [code, because]);
    });
  }

  test('whyNotAsked has nothing against a device that a VFIO driver has and that has its file', () => {
    writeTree(root, functionTree({ address: A, group: 1, driver: 'vfio-pci', files: { 'vfio-dev/vfio0/dev': '' } }));
    const device = readDevice(Bdf.parse(A), { root });
    assert.ok(device);
    assert.equal(whyNotAsked(device, { root: '/', hasIommufd: true }), null);
  });
});
