import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf, profileOf, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../../bytes/hex.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { buildConfigSpace, type ConfigSpaceParts } from '../../pci/builder.ts';
import { msi, msix, msixArrays } from './interrupts.ts';

const ones = (bytes: number) => 'ff'.repeat(bytes);

function config(...capabilities: { id: number; body: string; offset: number }[]) {
  return buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, standard: capabilities });
}

/** Message Control and what follows, and what changes from 42h on. */
const MSI: readonly (readonly [body: string, changes: readonly string[]])[] = [
  [`01fe${ones(6)}`, ['042: 01feffffffffffff > 0000000000000000']],
  [`fffe${ones(10)}`, ['042: fffeffffffffffffffffffff > 8e0000000000000000000000']],
  // The two bytes between data and mask bits are reserved and stay.
  [`7fff${ones(16)}`, ['042: 7fffffffffffffff > 0e01000000000000', '04c: ffffffffffffffff > 0000000000000000']],
  [`ffff${ones(20)}`, ['042: ffffffffffffffffffffffff > 8e0100000000000000000000', '050: ffffffffffffffff > 0000000000000000']],
  // Nothing to change.
  ['800000000000000000000000', []],
];

for (const [body, changes] of MSI) {
  test(`vmm.msi of ${body.slice(0, 4)}: ${changes.join(', ') || 'no change'}`, () => {
    const effect = effectOf([msi], config({ id: 0x05, body, offset: 0x40 }));
    if (typeof effect === 'string') assert.fail(effect);
    assert.deepEqual(effect.changes, changes);
    assert.deepEqual(effect.codes, ['msi.emulated']);
    assert.deepEqual(effect.capabilities, changes.length === 0 ? [] : ['05@40 changed msi.emulated']);
  });
}

test('vmm.msi emulates the first of two', () => {
  const body = `0f00${ones(6)}`;
  const effect = effectOf([msi], config({ id: 0x05, body, offset: 0x40 }, { id: 0x05, body, offset: 0x60 }));
  assert.deepEqual(typeof effect === 'string' ? effect : effect.capabilities, ['05@40 changed msi.emulated']);
});

function realizedPending(device: ConfigSpaceParts, size: number): string {
  const view = viewOf(buildConfigSpace(device), { profile: profileOf(msixArrays, msix), barSizes: [size] });
  return formatHexBytes(guestBytes(view).bytes.subarray(0x48, 0x4c));
}

const arrays = (control: string, table: string, pending: string) =>
  config({ id: 0x11, body: control + table + pending, offset: 0x40 }, { id: 0x09, body: '04', offset: 0x4c });

test('vmm.msix clears enable, function mask and reserved bits', () => {
  const effect = effectOf([msix], arrays('03f8', '00000000', '00200000'));
  if (typeof effect === 'string') assert.fail(effect);
  assert.deepEqual([effect.changes, effect.capabilities], [['043: f8 > 00'], ['11@40 changed msix.emulated']]);
});

/** Four vectors: a table of 64 bytes and pending bits of 8, in BAR 0 of 16 KiB. */
const PLACES: readonly (readonly [table: string, pending: string, fits: boolean, why?: 'overlap' | 'size'])[] = [
  ['00000000', '00200000', true],
  ['00000000', '40000000', true],
  ['00000000', '38000000', false, 'overlap'],
  ['08000000', '00000000', true],
  ['00000000', '00000000', false, 'overlap'],
  ['c03f0000', '00000000', true],
  ['c83f0000', '00000000', false, 'size'],
  ['00000000', 'f83f0000', true],
  ['00000000', '00400000', false, 'size'],
  ['01000000', '00000000', false, 'size'],
];

for (const [table, pending, fits, why] of PLACES) {
  test(`vmm.msix ${fits ? 'takes' : 'refuses'} a table at ${table} and pending bits at ${pending}`, () => {
    const effect = effectOf([msix], arrays('0300', table, pending), { barSizes: [0x4000, 0, 0, 0, 0, 0] });
    const words =
      "msix.misplaced: failed to add PCI capability 0x11[0xc]@0x40: table & pba overlap, or they don't fit in BARs, or don't align";
    if (fits) assert.equal(typeof effect, 'object');
    else assert.equal(effect, words);
    const unsized = effectOf([msix], arrays('0300', table, pending));
    if (why === 'overlap') assert.equal(unsized, words, 'an overlap needs no sizes');
    else assert.equal(typeof unsized, 'object', 'without sizes nothing else is refused');
  });
}

test('vmm.msix-arrays refuses BAR indicators 6 and 7', () => {
  const found = (table: string, pending: string) => effectOf([msixArrays], arrays('0300', table, pending));
  assert.equal(found('06000000', '00200000'), 'msix.bir-invalid: invalid MSI-X BIR, table_bar=6 pba_bar=0');
  assert.equal(found('00000000', '07200000'), 'msix.bir-invalid: invalid MSI-X BIR, table_bar=0 pba_bar=7');
  assert.equal(typeof found('05000000', '05200000'), 'object');
});

test('vmm.msix-arrays refuses pending bits that begin outside of their BAR', () => {
  const found = (pending: string, barSizes: number[] | null) => effectOf([msixArrays], arrays('0300', '00000000', pending), { barSizes });
  const words = 'msix.misplaced: hardware reports invalid configuration, MSIX PBA outside of specified BAR';
  assert.equal(found('00400000', [0x4000]), words);
  assert.equal(found('02000000', [0x4000]), words);
  assert.equal(typeof found('f83f0000', [0x4000]), 'object');
  assert.equal(typeof found('00400000', null), 'object');
});

/** Devices known for a PBA register that points outside of its BAR, and others. */
const CORRECTED: readonly (readonly [id: number, pending: string, size: number, corrected: string | null])[] = [
  [0x1425_5801, '00000100', 0x10000, '00100000'],
  [0x1425_58ff, '00200000', 0x2000, '00100000'],
  [0x1425_5801, '00200000', 0x4000, null],
  [0x1d22_3685, '00000100', 0x10000, '00b40000'],
];

for (const [id, pending, size, corrected] of CORRECTED) {
  test(`vmm.msix-arrays of ${id.toString(16)} with pending bits at ${pending} of ${size} bytes: ${corrected ?? 'as they are'}`, () => {
    const body = `030000000000${pending}`;
    const device = { vendorId: id >>> 16, deviceId: id & 0xffff, classCode: 0x020000, standard: [{ id: 0x11, body, offset: 0x40 }] };
    const effect = effectOf([msixArrays, msix], buildConfigSpace(device), { barSizes: [size] });
    if (typeof effect === 'string') assert.fail(effect);
    assert.deepEqual(effect.codes.includes('msix.pending-corrected'), corrected !== null);
    const moved = realizedPending(device, size);
    assert.equal(moved, corrected ?? pending);
  });
}

test('vmm.msix-arrays corrects no device that is not known for it', () => {
  for (const id of [0x1425_5900, 0x1425_6801, 0x1d22_3684, 0x1234_5801]) {
    const device = {
      vendorId: id >>> 16,
      deviceId: id & 0xffff,
      classCode: 0,
      standard: [{ id: 0x11, body: '03000000000000000100', offset: 0x40 }],
    };
    const words = 'msix.misplaced: hardware reports invalid configuration, MSIX PBA outside of specified BAR';
    assert.equal(effectOf([msixArrays], buildConfigSpace(device), { barSizes: [0x10000] }), words);
  }
});
