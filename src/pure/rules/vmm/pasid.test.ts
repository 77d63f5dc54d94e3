/** PASID made up from the host's report: where it is placed, what it holds, and where there is no room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, formatChains, hostIommu, optionsFor, profileOf } from '../../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../../bytes/hex.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { realize } from '../../guest-view/realize.ts';
import { legacyVfioDevice, noReportDevice } from '../../iommu/index.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import type { Rule } from '../rule.ts';
import { pasidAsQemu, pasidStrict } from './pasid.ts';
import { relinkAsQemu } from './relink.ts';

/** Bodies that reach from each offset to the next, of an ID without a length of its own. */
function filled(...offsets: number[]): CapabilityPart[] {
  return offsets.map((offset, i) => ({
    id: 0x2e,
    offset,
    body: 'ee'.repeat(Math.min((offsets[i + 1] ?? offset + 8) - offset, 0x1000) - 4),
  }));
}

const part = (id: number, offset: number, body = '00000000'): CapabilityPart => ({ id, offset, body });

function config(...extended: CapabilityPart[]): ConfigSpace {
  return buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [{ id: 0x10, body: '0200' }], extended, size: 0x1000 });
}

const asked = (pasidOffset: number): Choices => ({ viommuPasid: true, hostIommu: hostIommu('supported', 20), settings: { pasidOffset } });

/** The extended list, the eight bytes of PASID, and what was told. */
function placed(rule: Rule, space: ConfigSpace, choices: Choices): string[] {
  const view = realize(optionsFor(space, { ...choices, profile: profileOf(rule, relinkAsQemu) }));
  if (view.outcome === 'failed') assert.fail(view.error.message);
  const guest = guestBytes(view);
  const pasid = view.capabilities.find(({ status }) => status === 'synthesised');
  const bytes = pasid === undefined ? 'none' : formatHexBytes(guest.bytes.subarray(pasid.offset, pasid.offset + 8));
  return [
    formatChains(guest).split('| ')[1] ?? '',
    bytes,
    ...view.messages.filter(({ code }) => code.startsWith('pasid.')).map(({ level, code, message }) => `${level} ${code} ${message}`),
  ];
}

const noRoom = (at: string) => `warning pasid.no-room vfio: Placing PASID capability at offset ${at} failed`;
const UNKNOWN = "warning pasid.unknown where the guest sees PASID is not known: the device's extended config space is not known whole";
const LAST = '1b00010006140000';
const two = config(part(1, 0x100, '00'.repeat(0x44)), part(3, 0x200, '8877665544332211'));

for (const rule of [pasidAsQemu, pasidStrict]) {
  test(`${rule.name} stands at the end, in the middle or where it is asked for, and the list stays sorted`, () => {
    assert.deepEqual(placed(rule, two, asked(0)), ['0001@100 0003@200 001b@ff8', LAST]);
    assert.deepEqual(placed(rule, two, asked(0x180)), ['0001@100 001b@180 0003@200', `1b00012006140000`]);
    assert.deepEqual(placed(rule, two, asked(0x300)), ['0001@100 0003@200 001b@300', LAST]);
  });

  test(`${rule.name} shows the width and modes that the host reports`, () => {
    const bytes = (bits: number) => placed(rule, two, { ...asked(0), hostIommu: hostIommu('supported', bits) })[1];
    assert.deepEqual([bytes(1), bytes(16), bytes(20)], ['1b00010006010000', '1b00010006100000', LAST]);
  });

  test(`${rule.name} does nothing where the guest's IOMMU takes none, the host reports none or the device's own is there`, () => {
    const chain = '0001@100 0003@200';
    assert.deepEqual(placed(rule, two, { ...asked(0), viommuPasid: false }), [chain, 'none']);
    assert.deepEqual(placed(rule, two, { ...asked(0), hostIommu: hostIommu('supported') }), [chain, 'none']);
    assert.deepEqual(placed(rule, two, { ...asked(0), hostIommu: legacyVfioDevice() }), [chain, 'none']);
    const own = config(part(1, 0x100), part(0x1b, 0x200));
    assert.deepEqual(placed(rule, own, asked(0)), ['0001@100 001b@200', 'none']);
  });

  test(`${rule.name} warns where a header is in the way or the end is near`, () => {
    for (const [offset, words] of [
      [0x200, '0x200'],
      [0x1fc, '0x1fc'],
      [0xffc, '0xffc'],
    ] as const) {
      assert.deepEqual(placed(rule, two, asked(offset)), ['0001@100 0003@200', 'none', noRoom(words)]);
    }
  });
}

test('vmm.pasid-qemu stands over the registers of another capability, vmm.pasid does not', () => {
  // 110h lies in AER, which has 48h bytes.
  assert.deepEqual(placed(pasidAsQemu, two, asked(0x110)), ['0001@100 001b@110 0003@200', '1b00012006140000']);
  assert.deepEqual(placed(pasidStrict, two, asked(0x110)), ['0001@100 0003@200', 'none', noRoom('0x110')]);
  assert.deepEqual(placed(pasidStrict, two, asked(0x148)), ['0001@100 001b@148 0003@200', '1b00012006140000']);
});

test('vmm.pasid refuses an offset that is no multiple of 4 or below 104h', () => {
  assert.deepEqual(placed(pasidStrict, two, asked(0x182)), ['0001@100 0003@200', 'none', noRoom('0x182')]);
  assert.deepEqual(placed(pasidStrict, two, asked(0x80)), ['0001@100 0003@200', 'none', noRoom('0x80')]);
});

test('vmm.pasid looks for the highest free place where none is asked for', () => {
  // An unknown ID reaches to the end of the space, so the place is below it.
  const high = config(part(1, 0x100, '00'.repeat(0x44)), ...filled(0xff0));
  assert.deepEqual(
    placed(pasidStrict, high, asked(0)),
    ['0001@100 001b@fe8 002e@ff0', '1b0001ff06140000'].map(text => text),
  );
  assert.deepEqual(placed(pasidAsQemu, high, asked(0)), ['0001@100 002e@ff0 001b@ff8', LAST]);
});

test('vmm.pasid warns where no place is free at all', () => {
  const full = config({ id: 0x7777, offset: 0x100, body: '00000000' });
  assert.deepEqual(placed(pasidStrict, full, asked(0)), ['7777@100', 'none', noRoom('0x100')]);
  assert.deepEqual(placed(pasidAsQemu, full, asked(0)), ['7777@100 001b@ff8', LAST]);
});

for (const rule of [pasidAsQemu, pasidStrict]) {
  test(`${rule.name} puts nothing into a list or a space that is not known whole, and into no list where nobody asked`, () => {
    const cut = new ConfigSpace(two.bytes.slice(0, 0x180));
    assert.deepEqual(placed(rule, cut, asked(0)).slice(1), ['none', UNKNOWN]);
    assert.deepEqual(placed(rule, new ConfigSpace(two.bytes.slice(0, 0x400)), asked(0)).slice(1), ['none', UNKNOWN]);
    const unasked = { ...asked(0), hostIommu: noReportDevice() };
    assert.match(placed(rule, two, unasked)[2] ?? '', /^note pasid.unreported /);
    assert.deepEqual(placed(rule, cut, { ...asked(0), viommuPasid: false }).slice(1), ['none']);
  });
}

test('pasidStrict puts nothing at the place, not known, that the list leads to', () => {
  const { bytes } = config(part(1, 0x100));
  bytes.set([0x01, 0x00, 0x81, 0xff], 0x100);
  const known = new Uint8Array(bytes.length).fill(1, 0, 0xff8);
  assert.deepEqual(placed(pasidStrict, new ConfigSpace(bytes, known), asked(0)).slice(1), ['none', UNKNOWN]);
});

test('vmm.pasid of a device without extended capabilities', () => {
  const bare = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [{ id: 0x10, body: '0200' }], size: 0x1000 });
  assert.deepEqual(placed(pasidAsQemu, bare, asked(0)), ['', 'none']);
  assert.deepEqual(placed(pasidStrict, bare, asked(0)), ['0000@100 001b@ff8', LAST]);
});
