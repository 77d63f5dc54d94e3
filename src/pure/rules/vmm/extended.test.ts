import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { ari, conventionalBus, emptyHeader, rebar, sriov } from './extended.ts';

const config = (...extended: CapabilityPart[]) =>
  buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, standard: [{ id: 0x10, body: '0200' }], extended });
const part = (id: number): CapabilityPart => ({ id, body: '00000000' });

test('vmm.empty-header, vmm.sriov and vmm.ari each hide their own', () => {
  const effect = effectOf([emptyHeader, sriov, ari], config(part(0), part(0x10), part(0x0e), part(0x01)));
  if (typeof effect === 'string') assert.fail(effect);
  assert.deepEqual(effect.capabilities, ['00@100 hidden chain.placeholder', '10@108 hidden sriov.hidden', '0e@110 hidden ari.hidden']);
  assert.deepEqual(effect.changes, []);
});

test('vmm.conventional-bus hides all that is extended where the bus has no extended space', () => {
  for (const placement of ['conventional-bridge', 'conventional'] as const) {
    const effect = effectOf([conventionalBus], config(part(0x01), part(0x03)), { placement });
    if (typeof effect === 'string') assert.fail(effect);
    assert.deepEqual(
      effect.capabilities,
      ['01@100', '03@108'].map(place => `${place} hidden extended.dropped.conventional-bus`),
    );
  }
  for (const placement of ['root-port', 'root-complex'] as const) {
    const effect = effectOf([conventionalBus], config(part(0x01)), { placement });
    assert.deepEqual(typeof effect === 'string' ? effect : effect.capabilities, []);
  }
});

/** Capability and control registers of each BAR, and what changes; the capability at 100h is changed, hidden or left alone. */
const REBAR: readonly (readonly [body: string, changes: readonly string[], effect: string])[] = [
  // Size 0 is 1 MB, supported sizes bit 4.
  ['f0ff0f0020003f00', ['104: f0ff0f > 100000', '10a: 3f > 00'], 'changed rebar.limited'],
  ['f0ff0f0020083f00', ['104: f0ff0f > 001000', '10a: 3f > 00'], 'changed rebar.limited'],
  // 27 is the last that the register can name.
  ['f0ff0f00201b0000', ['104: f0ff0f00 > 00000080'], 'changed rebar.limited'],
  ['f0ff0f00201c0000', [], 'hidden rebar.hidden'],
  // Bit 13 is beyond the size field.
  ['f0ff0f0020200000', ['104: f0ff0f > 100000', '109: 20 > 00'], 'changed rebar.limited'],
  // What was done before the entry that does not fit stays.
  ['f0ff0f0040050000f0ff0f00021c0000', ['104: f0ff0f > 000200'], 'hidden rebar.hidden'],
  ['f0ff0f0040050000f0ff0f0002060000', ['104: f0ff0f > 000200', '10c: f0ff0f > 000400'], 'changed rebar.limited'],
  // No BAR at all.
  ['f0ff0f0000080000', [], ''],
];

for (const [body, changes, outcome] of REBAR) {
  test(`vmm.rebar of ${body}: ${outcome || 'nothing'}`, () => {
    const effect = effectOf([rebar], config({ id: 0x15, body }));
    if (typeof effect === 'string') assert.fail(effect);
    assert.deepEqual(effect.changes, changes);
    assert.deepEqual(effect.capabilities, outcome === '' ? [] : [`15@100 ${outcome}`]);
  });
}
