/** What is added for, or hidden from, a device that may be Intel graphics, a VMD or NVIDIA's, where that is not known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, DEFAULT_SETTINGS, hostIommu, optionsFor } from '../../../../test/fixtures/realize-with.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { realize } from '../../guest-view/realize.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import { PROFILES, type ProfileName } from '../../profiles/index.ts';

const NAMES = ['airlock', 'qemu-11.1', 'qemu-10.0'] as const;

/** The same without the bytes from `from` to `to`. */
function without({ bytes }: ConfigSpace, from: number, to = from): ConfigSpace {
  return new ConfigSpace(bytes.slice().fill(0, from, to + 1), new Uint8Array(bytes.length).fill(1).fill(0, from, to + 1));
}

function realized(config: ConfigSpace, profile: ProfileName, choices: Choices = {}) {
  return realize(optionsFor(config, { profile: PROFILES[profile], ...choices }));
}

function guest(config: ConfigSpace, profile: ProfileName, choices: Choices = {}): ConfigSpace {
  const view = realized(config, profile, choices);
  if (view.outcome === 'failed') assert.fail(view.error.message);
  return guestBytes(view);
}

const EXPRESS = `0200${'00'.repeat(0x38)}`;
const vendor = (offset: number, length: number): CapabilityPart => ({
  id: 0x09,
  offset,
  body: length.toString(16).padStart(2, '0') + 'a5'.repeat(length - 3),
});
const graphics = (...standard: readonly CapabilityPart[]) =>
  buildConfigSpace({
    ...{ vendorId: 0x8086, deviceId: 0x3e92, classCode: 0x030000, standard, size: 0x100 },
    override: [{ at: 0xfc, bytes: '1880e586' }],
  });

test('igd does not say that the addresses of Intel graphics read 0 where a capability of a lost list may stand', () => {
  const whole = graphics({ id: 0x09, offset: 0x40, body: '0800000000' }, vendor(0x50, 0x20));
  const settings = { igd: { ...DEFAULT_SETTINGS.igd, stolenMemory: 2 } };
  for (const profile of NAMES) {
    const [all, part] = [guest(whole, profile, { settings }), guest(without(whole, 0x40, 0x41), profile, { settings })];
    for (const at of [0x51, 0x5c, 0x5d, 0xfc]) if (part.isKnown(at)) assert.equal(part.bytes[at], all.bytes[at], `${profile} ${at}`);
    assert.equal(part.isKnown(0x5c), false);
  }
});

test('igd says that it is not known whether what is asked for is refused where it is not known if the device is Intel graphics', () => {
  const whole = graphics({ id: 0x10, offset: 0x70, body: EXPRESS });
  const settings = { igd: { ...DEFAULT_SETTINGS.igd, lpcBridge: true } };
  for (const profile of NAMES) {
    assert.equal(realized(whole, profile, { settings }).outcome, 'failed');
    for (const at of [0x00, 0x01, 0x02, 0x0b]) assert.equal(realized(without(whole, at), profile, { settings }).outcome, 'unknown');
    // Nobody else's is refused, and where nothing is asked for nothing is.
    assert.equal(
      realized(without(whole, 0x00), profile, { settings: { igd: { ...settings.igd, lpcBridge: false, opRegion: false } } }).outcome,
      'realized',
    );
    const other = new ConfigSpace(whole.bytes.slice().fill(0x10, 1, 2));
    assert.equal(realized(without(other, 0x00), profile, { settings }).outcome, 'realized');
  }
});

test('igd says the same where a property says that it is graphics, and what the host says is not known', () => {
  const whole = graphics({ id: 0x10, offset: 0x70, body: EXPRESS });
  const settings = { classCode: 0x030000, igd: { ...DEFAULT_SETTINGS.igd, lpcBridge: true } };
  assert.equal(realized(whole, 'qemu-11.1', { settings }).outcome, 'failed');
  assert.equal(realized(without(whole, 0x0b), 'qemu-11.1', { settings }).outcome, 'unknown');
});

test('vmm.vmd-windows of base addresses that are not known are unknown', () => {
  const vmd = buildConfigSpace({
    ...{ vendorId: 0x8086, deviceId: 0x467f, classCode: 0x010400, bars: [4, 0, 0xfa100000, 0, 0xfa200004, 1], size: 0x100 },
    standard: [{ id: 0x01, offset: 0x40, body: '030000000000' }],
  });
  for (const profile of NAMES) {
    const part = guest(without(vmd, 0x18), profile);
    assert.deepEqual([part.read(0xf0, 4), part.read(0xf8, 4), guest(vmd, profile).read(0xf0, 4)], [undefined, 0xfa200004, 0xfa100000]);
  }
});

test('vmm.vmd-windows that may stand where a capability does leave the outcome open under QEMU', () => {
  const vmd = buildConfigSpace({ vendorId: 0x8086, deviceId: 0x467f, classCode: 0x010400, standard: [vendor(0xe8, 8)], size: 0x100 });
  for (const profile of ['qemu-11.1', 'qemu-10.0'] as const) {
    assert.equal(realized(vmd, profile).outcome, 'failed');
    assert.equal(realized(without(vmd, 0x00), profile).outcome, 'unknown');
  }
  assert.equal(realized(without(vmd, 0x00), 'airlock').outcome, 'realized');
});

test('what airlock adds is left open where the registers of a capability may be in the way', () => {
  const settings = { clique: 5 };
  const nvidia = buildConfigSpace({
    ...{ vendorId: 0x10de, deviceId: 0x2204, classCode: 0x030000, size: 0x1000 },
    standard: [{ id: 0x10, offset: 0x40, body: EXPRESS }, vendor(0xb0, 8)],
    extended: [{ id: 0x0b, offset: 0x100, body: `01000101${'00'.repeat(8)}` }],
  });
  const clique = realized(without(nvidia, 0xb2), 'airlock', { settings });
  assert.ok(clique.outcome === 'unknown' && clique.capabilities.every(({ status }) => status !== 'synthesised'));
  const choices = { viommuPasid: true, hostIommu: hostIommu('supported', 20), settings: { pasidOffset: 0x118 } };
  const pasid = realized(without(nvidia, 0x107), 'airlock', choices);
  assert.ok(pasid.outcome !== 'failed' && pasid.capabilities.every(({ status }) => status !== 'synthesised'));
  assert.ok(pasid.messages.some(({ code }) => code === 'pasid.unknown'));
});

test('vmm.express does not say what stands where a capability may be added among its registers', () => {
  const nvidia = buildConfigSpace({
    ...{ vendorId: 0x10de, deviceId: 0x2204, classCode: 0x030000, size: 0x100 },
    standard: [{ id: 0x10, offset: 0xa8, body: `0200${'ff'.repeat(0x38)}` }],
  });
  const choices = { placement: 'root-complex', settings: { clique: 5 } } as const;
  assert.equal(guest(nvidia, 'qemu-11.1', choices).read(0xd8, 4), 0xffffffff);
  assert.equal(guest(without(nvidia, 0x0b), 'qemu-11.1', choices).read(0xd8, 4), undefined);
});

test('vmm.clique finds no room where a capability without a length of its own reaches beyond what is known', () => {
  const nvidia = buildConfigSpace({
    ...{ vendorId: 0x10de, deviceId: 0x2204, classCode: 0x030000, size: 0x100 },
    standard: [{ id: 0x07, offset: 0x40, body: '' }],
  });
  for (const config of [nvidia, new ConfigSpace(nvidia.bytes.slice(0, 0x42))])
    assert.equal(realized(config, 'airlock', { settings: { clique: 5 } }).outcome, 'failed');
});
