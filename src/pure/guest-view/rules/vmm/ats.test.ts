import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf, hostIommu } from '../../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../../../pci/builder.ts';
import { ats, atsAbsent } from './ats.ts';

const device = (...ids: number[]) =>
  buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0,
    standard: [{ id: 0x10, body: '0200' }],
    extended: ids.map(id => ({ id, body: '00000000' })),
  });

test('vmm.ats decides for each ATS capability and for no other', () => {
  const effect = effectOf([ats], device(0x01, 0x0f, 0x13, 0x0f), { settings: { ats: 'off' } });
  if (typeof effect === 'string') assert.fail(effect);
  assert.deepEqual(effect.capabilities, ['0f@108 hidden ats.masked.off', '0f@118 hidden ats.masked.off']);
  assert.deepEqual([effect.changes, effect.messages], [[], []]);
});

test('vmm.ats fails the realize where it is required and reported unsupported', () => {
  const choices = { settings: { ats: 'on' }, hostIommu: hostIommu('unsupported') } as const;
  assert.equal(
    effectOf([ats], device(0x0f), choices),
    'ats.required.kernel-unsupported: vfio-pci: ATS requested but not supported by kernel',
  );
});

test('vmm.ats-absent warns of ats=on alone, and of a device without ATS alone', () => {
  const messages = (value: 'on' | 'off' | 'auto', ...ids: number[]) => {
    const effect = effectOf([atsAbsent], device(...ids), { settings: { ats: value } });
    return typeof effect === 'string' ? effect : effect.messages;
  };
  const warning = 'warning ats.absent (vmm): vfio-pci: ats=on requested, but host device has no ATS extended capability';
  assert.deepEqual(messages('on', 0x01), [warning]);
  assert.deepEqual(messages('on'), [warning]);
  assert.deepEqual(messages('on', 0x01, 0x0f), []);
  assert.deepEqual([messages('off', 0x01), messages('auto', 0x01)], [[], []]);
});
