/** The reserved regions of an IOMMU group, as an Arm host and an x86 one write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReservedRegions, readReservedRegions } from './reserved-regions.ts';

test('parseReservedRegions takes the lines of the kernel, and no others', () => {
  const arm = '0x0000000008000000 0x00000000080fffff msi\n';
  assert.deepEqual(parseReservedRegions(arm), [{ start: 0x8000000n, last: 0x80fffffn, kind: 'msi' }]);
  const x86 = '0x000000003e2e0000 0x000000003e2fffff direct-relaxable\n0x00000000fee00000 0x00000000feefffff msi';
  assert.deepEqual(
    parseReservedRegions(x86).map(({ kind }) => kind),
    ['direct-relaxable', 'msi'],
  );
  assert.deepEqual(parseReservedRegions('\nmsi\n0x1 0x2\n0x1 0x2 msi more\n'), []);
});

test('readReservedRegions has none of a group that is not there', () => {
  assert.deepEqual(readReservedRegions(99, '/no/such/tree'), []);
});
