import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { overlap } from './overlap.ts';

type Entry = readonly [id: number, offset: number, body?: string];

/** A list in this order, each with its bytes behind the header. */
function config(list: readonly Entry[]) {
  const override = list.map(([id, offset, body = '0000'], i) => ({
    at: offset,
    bytes: `${[id, list[i + 1]?.[1] ?? 0].map(byte => byte.toString(16).padStart(2, '0')).join('')}${body}`,
  }));
  const pointer = { at: 0x34, bytes: Uint8Array.of(list[0]?.[1] ?? 0) };
  return buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, status: 0x10, override: [pointer, ...override] });
}

const MASKED_64 = '8001';
const passes = (...list: Entry[]) => assert.equal(typeof effectOf([overlap], config(list)), 'object');
const refused = (...list: Entry[]) => effectOf([overlap], config(list));
const words = (where: string, capability: string, other: string, init = '') =>
  `capability.overlap: failed to add PCI capability ${where}: ${init}0000:00:00:00.0 Attempt to add PCI capability ${capability} ` +
  `overlaps existing capability ${other}`;

test('vmm.overlap takes capabilities that touch', () => {
  passes([0x01, 0x40], [0x09, 0x48]);
  passes([0x11, 0x40], [0x09, 0x4c]);
  passes([0x05, 0x40, MASKED_64], [0x09, 0x58]);
  passes([0x05, 0x40, '8000'], [0x09, 0x50]);
});

test('vmm.overlap takes short ones of kinds that have no length of their own', () => {
  passes([0x09, 0x40], [0x13, 0x44], [0x10, 0x48], [0x03, 0x4c]);
});

test('vmm.overlap refuses power management of four bytes', () => {
  assert.equal(refused([0x01, 0x40], [0x09, 0x44]), words('0x1[0x4]@0x40', '1 at offset 40', '44 at offset 44'));
});

test('vmm.overlap refuses MSI that runs into the next, in the words of msi_init', () => {
  for (const offset of [0x4c, 0x50, 0x54]) {
    const at = offset.toString(16);
    const where = `0x5[0x${(offset - 0x40).toString(16)}]@0x40`;
    const expected = words(where, '5 at offset 40', `${at} at offset ${at}`, 'msi_init failed: ');
    assert.equal(refused([0x05, 0x40, MASKED_64], [0x09, offset]), expected);
  }
});

test('vmm.overlap does not care for the order of the list', () => {
  const expected = words('0x9[0xbc]@0x44', '9 at offset 44', '40 at offset 44');
  assert.equal(refused([0x09, 0x44], [0x01, 0x40]), expected);
});
