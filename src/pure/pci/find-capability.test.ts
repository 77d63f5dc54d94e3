import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace } from './builder.ts';
import { decodeDevice } from './decode-device.ts';
import { findCapability } from './find-capability.ts';
import { walkExtended, walkStandard } from './walk.ts';

const config = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 1,
  classCode: 0,
  standard: [
    { id: 0x10, body: `0200${'00'.repeat(0x38)}`, offset: 0x40 },
    { id: 0x09, body: '04aa', offset: 0x80 },
    { id: 0x09, body: '04bb', offset: 0x90 },
  ],
  extended: [{ id: 0x10, body: '00'.repeat(0x3c), offset: 0x100 }],
});

test('findCapability gives the first of several of an ID', () => {
  assert.equal(findCapability(walkStandard(config).capabilities, 'standard', 0x09)?.offset, 0x80);
});

test('findCapability tells the two lists apart, in which an ID means two things', () => {
  const both = [...walkExtended(config).capabilities, ...walkStandard(config).capabilities];
  assert.deepEqual([findCapability(both, 'standard', 0x10)?.offset, findCapability(both, 'extended', 0x10)?.offset], [0x40, 0x100]);
});

test('findCapability finds decoded capabilities by what their header says', () => {
  const { capabilities } = decodeDevice(config);
  assert.equal(findCapability(capabilities, 'extended', 0x10)?.name, 'SR-IOV');
});

test('findCapability gives undefined where there is none of the ID in that list', () => {
  assert.equal(findCapability(walkStandard(config).capabilities, 'standard', 0x05), undefined);
  assert.equal(findCapability(walkStandard(config).capabilities, 'extended', 0x10), undefined);
  assert.equal(findCapability([], 'standard', 0x10), undefined);
});
