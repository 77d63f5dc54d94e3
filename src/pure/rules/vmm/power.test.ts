import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { powerReset } from './power.ts';

test('vmm.power-reset puts the first power management of the list into D0 and leaves its other bits', () => {
  const config = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x020000,
    standard: [
      { id: 0x01, body: '030009810000' },
      { id: 0x01, body: '030003000000' },
    ],
  });
  assert.deepEqual(effectOf([powerReset], config), {
    changes: ['044: 09 > 08'],
    codes: ['power.reset'],
    capabilities: ['01@40 changed power.reset'],
    messages: [],
  });
});
