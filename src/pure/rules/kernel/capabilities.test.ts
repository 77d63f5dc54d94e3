import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import type { Rule } from '../rule.ts';
import { express, msi, msix, powerManagement } from './capabilities.ts';

/** A rule, the ID and body of the one capability at 40h, and what changes. */
const VECTORS: readonly (readonly [rule: Rule, id: number, body: string, changes: readonly string[], effect: string])[] = [
  // PMC [15:11], PMCSR [15] and [8], and the power state [1:0].
  [powerManagement, 0x01, 'fffffcfffff0', ['043: ff > 07', '045: ff > 7e'], 'changed kernel.pme-hidden'],
  [powerManagement, 0x01, '030003000000', ['044: 03 > 00'], 'changed kernel.opened'],
  [powerManagement, 0x01, '030008000000', [], ''],
  [msi, 0x05, `8f01${'ff'.repeat(20)}`, ['042: 8f > 8e'], 'changed kernel.msi-disabled'],
  [msi, 0x05, `8e01${'ff'.repeat(20)}`, [], ''],
  [msix, 0x11, '03f80000000000000000', ['043: f8 > 38'], 'changed kernel.opened'],
  [msix, 0x11, '03380000000000000000', [], ''],
  [express, 0x10, `0200${'ff'.repeat(0x38)}`, ['049: ff > 7f'], 'changed kernel.express-flr'],
  [express, 0x10, `0200${'7f'.repeat(0x38)}`, [], ''],
];

for (const [rule, id, body, changes, effect] of VECTORS) {
  test(`${rule.name} of ${body.slice(0, 12)}: ${changes.join(', ') || 'no change'}`, () => {
    const config = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [{ id, body, offset: 0x40 }] });
    const found = effectOf([rule], config);
    if (typeof found === 'string') assert.fail(found);
    assert.deepEqual(found.changes, changes);
    assert.deepEqual(found.capabilities, effect === '' ? [] : [`${id.toString(16).padStart(2, '0')}@40 ${effect}`]);
  });
}
