import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { relink, unlinkExtended, unlinkStandard } from './unlink.ts';

const range = (end: number) => Array.from({ length: end }, (_, id) => id);

function config(standard: readonly number[], extended: readonly number[] = []) {
  return buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0,
    standard: standard.map(id => ({ id, body: '0000' })),
    extended: extended.map(id => ({ id, body: '00000000' })),
  });
}

/** IDs of what stays. */
function kept(rule: typeof unlinkStandard, standard: readonly number[], extended: readonly number[]): number[] {
  const effect = effectOf([rule], config(standard, extended));
  if (typeof effect === 'string') assert.fail(effect);
  for (const text of effect.capabilities) assert.match(text, / hidden kernel\.capability-unlinked$/);
  const hidden = effect.capabilities.map(text => Number.parseInt(text, 16));
  return (rule === unlinkStandard ? standard : extended).filter(id => !hidden.includes(id));
}

test('kernel.unlink-standard keeps the eleven that vfio-pci knows', () => {
  const known = [0x01, 0x02, 0x03, 0x05, 0x07, 0x08, 0x09, 0x10, 0x11, 0x12, 0x13];
  assert.deepEqual(kept(unlinkStandard, [...range(0x17), 0xfe], []), known);
});

test('kernel.unlink-extended keeps the eighteen that vfio-pci knows, ATS among them and PASID not', () => {
  const known = [0x01, 0x02, 0x03, 0x04, 0x08, 0x09, 0x0b, 0x0d, 0x0e, 0x0f, 0x10, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x23];
  assert.deepEqual(kept(unlinkExtended, [0x10], [...range(0x33), 0x100, 0xffff]), known);
  assert.deepEqual(kept(unlinkExtended, [0x07], [0x0f, 0x1b]), [0x0f]);
});

test('kernel.unlink-extended leaves a function alone that is neither PCI Express nor PCI-X', () => {
  assert.deepEqual(kept(unlinkExtended, [0x01], [0x0f, 0x1b]), [0x0f, 0x1b]);
});

test('kernel.relink leads past what is unlinked and leaves an empty header at 100h', () => {
  const effect = effectOf([unlinkStandard, unlinkExtended, relink], config([0x0d, 0x10, 0x14, 0x09], [0x1b, 0x01, 0x1e, 0x03]));
  assert.deepEqual(effect, {
    changes: ['034: 40 > 44', '045: 48 > 4c', '100: 1b > 00', '102: 81 > 80', '10a: 01 > 81'],
    codes: ['chain.relinked', 'chain.placeholder'],
    capabilities: ['0d@40', '14@48', '1b@100', '1e@110'].map(place => `${place} hidden kernel.capability-unlinked`),
    messages: [],
  });
});

test('kernel.relink clears the pointer and the Status bit where nothing standard is left, and 100h where nothing extended is', () => {
  const standard = effectOf([unlinkStandard, relink], config([0x0d, 0x14]));
  assert.deepEqual(typeof standard === 'string' ? standard : standard.changes, ['006: 10 > 00', '034: 40 > 00']);
  const extended = effectOf([unlinkExtended, relink], config([0x10], [0x1b, 0x1e]));
  assert.deepEqual(typeof extended === 'string' ? extended : extended.changes, ['100: 1b > 00', '102: 8110 > 0000']);
});
