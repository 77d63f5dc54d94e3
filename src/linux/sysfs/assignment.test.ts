import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { functionTree, type MadeFunction, newRoot, type Tree, writeTree } from '../../../test/fixtures/host-tree.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { readAssignment, readDevice } from './index.ts';

const ADDRESS = '0000:01:00.0';

describe('readAssignment', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function assigned(made: Partial<MadeFunction>, more: Tree = {}) {
    writeTree(root, functionTree({ address: ADDRESS, ...made }), more);
    const device = readDevice(Bdf.parse(ADDRESS), { root });
    assert.ok(device);
    return readAssignment(device, { root, kernel: '7.3.4' });
  }

  test('tells who has the function, what it shares and what its files are', () => {
    const files = { 'vfio-dev/vfio3/dev': '511:3\n', numa_node: '1\n', sriov_totalvfs: '8\n', virtfn0: { link: '../0000:01:10.0' } };
    const dev = { 'dev/vfio/12': '', 'dev/vfio/devices/vfio3': '' };
    const file = (path: string) => ({ path, mode: null, uid: null, gid: null });
    assert.deepEqual(assigned({ driver: 'vfio-pci', group: 12, files }, dev), {
      driver: { name: 'vfio-pci' },
      iommuGroup: { number: 12, type: null, members: [ADDRESS], file: file('/dev/vfio/12') },
      numaNode: 1,
      sriov: { totalVfs: 8, physicalFunction: null, virtualFunctions: ['0000:01:10.0'] },
      resetMethods: ['flr', 'bus'],
      cdev: file('/dev/vfio/devices/vfio3'),
      bridges: null,
      checks: null,
    });
  });

  test('of a copy takes what is missing for unknown, and for none only where the copy has its links', () => {
    const copy = assigned({ files: { reset_method: '' } }, { 'sys/kernel/iommu_groups/7/type': 'DMA\n' });
    assert.deepEqual([copy.driver, copy.iommuGroup], ['none', 'none'], 'the links of the function are there, and groups of others');
    assert.deepEqual([copy.numaNode, copy.resetMethods, copy.cdev, copy.sriov?.virtualFunctions], [null, null, null, null]);
    rmSync(`${root}/sys`, { recursive: true });
    const lost = assigned({ files: { subsystem: 'no link\n' } });
    assert.deepEqual([lost.driver, lost.iommuGroup], [null, null]);
  });
});
