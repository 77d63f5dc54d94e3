import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingAssignmentFacts, missingHostFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from './index.ts';

test('missingHostFacts names what is null, and neither what is empty nor what is not there', () => {
  const known = { ...NO_HOST_FACTS, id: { from: 'machine-id', hash: '0'.repeat(32) }, time: '2026-11-28T18:00:00Z' } as const;
  const empty = { iommus: [], modules: [], numaNodes: [], checks: [], kernelOptions: [], noAts: false, isWhole: false };
  assert.deepEqual(missingHostFacts({ ...known, ...empty, iommufd: 'none', vfioContainer: 'none' }), [
    "the kernel's release",
    'the architecture',
    'the size of its pages',
  ]);
  assert.equal(missingHostFacts(NO_HOST_FACTS).length, Object.keys(NO_HOST_FACTS).length);
});

test('missingAssignmentFacts names what is null of one of several functions, once', () => {
  const known = { driver: 'none', iommuGroup: 'none', numaNode: 'none', cdev: 'none', resetMethods: [], checks: [] } as const;
  const one = { ...NO_ASSIGNMENT_FACTS, ...known, sriov: { totalVfs: null, physicalFunction: null, virtualFunctions: null } };
  assert.deepEqual(missingAssignmentFacts([one, { ...one, driver: null }]), ['its driver', 'the bridges above it']);
  assert.deepEqual(missingAssignmentFacts([]), []);
});
