import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { unlinkExtended, unlinkStandard } from '../kernel/unlink.ts';
import { blankHidden } from './blank.ts';

const config = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0x5678,
  classCode: 0,
  standard: [
    { id: 0x0d, body: '0000341278560000', offset: 0x40 },
    { id: 0x10, body: '0200', offset: 0x60 },
  ],
  extended: [
    { id: 0x01, body: 'aaaaaaaa', offset: 0x100 },
    { id: 0x1b, body: 'bbbbbbbbcccccccc', offset: 0x150 },
    // An ID that has no length here reaches to the next.
    { id: 0x7777, body: 'dddddddddddddddd', offset: 0x160 },
    { id: 0x03, body: '8877665544332211', offset: 0x170 },
  ],
});

test('vmm.blank-hidden clears what is hidden, by its length or up to the next capability, and nothing else', () => {
  const effect = effectOf([unlinkStandard, unlinkExtended, blankHidden], config);
  if (typeof effect === 'string') assert.fail(effect);
  assert.deepEqual(effect.changes, [
    '040: 0d60 > 0000',
    '044: 34127856 > 00000000',
    '150: 1b > 00',
    '152: 0116bbbbbbbb > 000000000000',
    '160: 77770117dddddddddddddddd > 000000000000000000000000',
  ]);
  assert.deepEqual(effect.codes, ['hidden.blanked']);
});

test('vmm.blank-hidden does nothing where nothing is hidden', () => {
  assert.deepEqual(effectOf([blankHidden], config), { changes: [], codes: [], capabilities: [], messages: [] });
});
