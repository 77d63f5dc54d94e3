/** What depends on an unknown identity, class or address: nothing of the host's reaches the guest, and nothing is taken for absent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QEMU_PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { type Choices, hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { deviceFacts } from '../facts/index.ts';
import { buildConfigSpace, type ConfigSpaceParts } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import { explainPasid } from './explain.ts';
import { guestBytes } from './guest-view.ts';
import { realize } from './realize.ts';
import { view } from './view.ts';

const EXPRESS = { id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x1e)}` };
const POWER = { id: 0x01, offset: 0x80, body: '030000000000' };

/** Without some bytes. */
function without({ bytes }: ConfigSpace, ...places: readonly number[]): ConfigSpace {
  const known = new Uint8Array(bytes.length).fill(1);
  const left = bytes.slice();
  for (const at of places) {
    known[at] = 0;
    left[at] = 0;
  }
  return new ConfigSpace(left, known);
}

function guestOf(config: ConfigSpace, profile: ProfileName, choices: Choices = {}) {
  const realized = realize(optionsFor(config, { profile: PROFILES[profile], ...choices }));
  if (realized.outcome === 'failed') assert.fail(realized.error.message);
  return { realized, guest: guestBytes(realized) };
}

const build = (parts: Partial<ConfigSpaceParts>) =>
  buildConfigSpace({ vendorId: 0x8086, deviceId: 0x3e92, classCode: 0x030000, standard: [EXPRESS, POWER], size: 0x1000, ...parts });

/** Intel graphics of generation 9: BDSM at 5Ch, ASLS at FCh. */
const GRAPHICS = build({
  standard: [{ id: 0x10, offset: 0x70, body: `0200${'00'.repeat(0x2e)}` }],
  override: [
    { at: 0x5c, bytes: '0100008c' },
    { at: 0xfc, bytes: '1880e586' },
  ],
});

for (const profile of QEMU_PROFILE_NAMES) {
  test(`under ${profile} no known guest byte is an address of Intel graphics that the whole device hides`, () => {
    const whole = guestOf(GRAPHICS, profile).guest;
    for (const hole of [0x00, 0x01, 0x02, 0x0b, 0xfc, 0xff]) {
      const { guest } = guestOf(without(GRAPHICS, hole), profile);
      for (const at of [0x5c, 0x5d, 0x5e, 0x5f, 0xfc, 0xfd, 0xfe, 0xff]) {
        if (guest.isKnown(at)) assert.equal(guest.bytes[at], whole.bytes[at], `byte ${at.toString(16)} without ${hole.toString(16)}`);
      }
    }
  });

  test(`under ${profile} it is not known whether a device of unknown identity has the windows of a VMD`, () => {
    const vmd = build({ deviceId: 0x467f, classCode: 0x010400 });
    assert.equal(guestOf(vmd, profile).guest.bytes[0xe8], 0x09);
    for (const hole of [0, 1, 2, 3]) {
      const { guest } = guestOf(without(vmd, hole), profile);
      // The windows, and the pointer of the last capability that leads there.
      assert.deepEqual([guest.isKnown(0xe8), guest.isKnown(0x81)], [false, false], `hole ${hole}`);
    }
    // Of another vendor it is none, whatever its device ID.
    const other = guestOf(without(build({ vendorId: 0x1af4 }), 2, 3), profile).guest;
    assert.deepEqual([other.isKnown(0xe8), other.isKnown(0x81)], [true, true]);
  });
}

test('x-nv-gpudirect-clique on a device of unknown vendor or class has an unknown outcome', () => {
  const nvidia = build({ vendorId: 0x10de });
  const settings = { clique: 1 };
  for (const profile of QEMU_PROFILE_NAMES) {
    assert.equal(guestOf(nvidia, profile, { settings }).guest.bytes[0xc8], 0x09);
    for (const hole of [0x01, 0x0b]) {
      const { realized, guest } = guestOf(without(nvidia, hole), profile, { settings });
      assert.deepEqual([realized.outcome, guest.isKnown(0xc8), guest.isKnown(0x81)], ['unknown', false, false]);
    }
  }
});

test('x-msix-relocation leaves the BAR open where MSI-X is in bytes that are not known', () => {
  const config = new ConfigSpace(build({}).bytes.slice(0, 64));
  const { guest } = guestOf(config, 'airlock', { settings: { msixRelocation: 'bar5' } });
  assert.deepEqual([guest.isKnown(0x20, 4), guest.isKnown(0x24)], [true, false]);
});

test('a host bridge of 256 bytes may have an extended list: ats=on has an unknown outcome under qemu-11.1', () => {
  const bridge = build({ classCode: 0x060000, standard: [POWER] });
  const choices = { profile: PROFILES['qemu-11.1'], settings: { ats: 'on' }, hostIommu: hostIommu('unsupported') } as const;
  const { outcome } = realize(optionsFor(new ConfigSpace(bridge.bytes.slice(0, 256)), choices));
  assert.equal(outcome, 'unknown');
});

test('ATS of a device whose standard list is lost is neither shown nor refused for certain', () => {
  const gpu = build({ extended: [{ id: 0x0f, body: '00000000' }] });
  const lost = without(gpu, 0x06);
  for (const profile of QEMU_PROFILE_NAMES) {
    const { realized } = guestOf(lost, profile, { settings: { ats: 'on' }, hostIommu: hostIommu('unsupported') });
    assert.equal(realized.outcome, 'unknown');
    const codes = realized.messages.map(({ code }) => code);
    assert.deepEqual(
      codes.filter(code => code.startsWith('ats.')),
      ['ats.unknown'],
      profile,
    );
  }
});

test('explainPasid of vfio bytes sees a PASID that the kernel let through', () => {
  const config = build({ extended: [{ id: 0x1b, body: '00140000' }] });
  const evidence = explainPasid(view(deviceFacts(config, { hostIommu: hostIommu('supported') }), { bytes: 'vfio' }));
  assert.deepEqual([evidence.seen, evidence.broken], [true, null]);
});
