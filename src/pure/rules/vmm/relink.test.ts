import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { relinkAsQemu, relinkStrict } from './relink.ts';

test('vmm.relink-qemu takes the ID from a head of ID FFFFh and keeps its version and pointer', () => {
  const config = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x020000,
    standard: [{ id: 0x10, body: '0200'.padEnd(116, '0') }],
    extended: [
      { id: 0xffff, body: '00000000', version: 3 },
      { id: 0x03, body: '0102030405060708' },
    ],
  });
  assert.deepEqual(effectOf([relinkAsQemu], config), {
    changes: ['100: ffff > 0000'],
    codes: ['chain.placeholder'],
    capabilities: ['ffff@100 hidden chain.placeholder'],
    messages: [],
  });
  assert.deepEqual(effectOf([relinkStrict], config), { changes: [], codes: [], capabilities: [], messages: [] });
});
