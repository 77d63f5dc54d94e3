/** Which bits take writes, are cleared by 1 and are compared, on a device that is wholly known. Address bits as measured on QEMU 11.1. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QEMU_PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { type Choices, hostIommu, viewOf } from '../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../bytes/hex.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import type { GuestMasks } from './masks.ts';
import { guestMasks } from './masks.ts';

const config = buildConfigSpace({
  vendorId: 0x8086,
  deviceId: 0x1572,
  classCode: 0x020000,
  bars: [0xf000000c, 0, 0, 0x0000e001, 0, 0],
  standard: [
    { id: 0x01, body: '030008000000', offset: 0x40 },
    // MSI: 8 vectors, 64-bit, maskable.
    { id: 0x05, body: `8601${'00'.repeat(20)}`, offset: 0x50 },
    { id: 0x11, body: '03000000000000200000', offset: 0x70 },
    { id: 0x10, body: `0200${'00'.repeat(0x38)}`, offset: 0xa0 },
    { id: 0x09, body: '080102030405', offset: 0xe0 },
    // Unlinked by vfio-pci.
    { id: 0x0d, body: '000034127856', offset: 0xf0 },
  ],
  extended: [
    { id: 0x01, body: '00'.repeat(0x44), version: 2, offset: 0x100 },
    { id: 0x0f, body: '20000080', offset: 0x150 },
    { id: 0x10, body: '00'.repeat(0x3c), offset: 0x160 },
    { id: 0x1e, body: '00'.repeat(0x10), offset: 0x1a0 },
    { id: 0x0b, body: '01000001aabbccdd', offset: 0x1c0 },
  ],
});

const SIZES = [0x4000, 0, 0, 0x20, 0, 0, 0x10000];

function masks(profile: ProfileName, choices: Choices = {}, sizes: Parameters<typeof guestMasks>[1] = SIZES): GuestMasks {
  return guestMasks(viewOf(config, { profile: PROFILES[profile], ...choices }), sizes);
}

const hex = (mask: Uint8Array, at: number, length: number) => formatHexBytes(mask.subarray(at, at + length));

/** Offset, then the mask in hexadecimal, first byte first. */
type Rows = readonly (readonly [what: string, at: number, bytes: string])[];

function check(mask: Uint8Array, rows: Rows): void {
  for (const [what, at, bytes] of rows) assert.equal(hex(mask, at, bytes.length / 2), bytes, what);
}

const WRITES: Rows = [
  ['identity, Command, Status', 0x00, '00000000ffff0000'],
  ['class, cache line, latency, header type, BIST', 0x08, '00000000ffff00ff'],
  ['BAR 0 of 16 KiB, 64-bit', 0x10, '00c0ffffffffffff'],
  ['no BAR 2', 0x18, '00000000'],
  ['BAR 3 of 32 bytes, I/O', 0x1c, 'e0ffffff'],
  ['no BAR 4 and 5, CardBus, subsystem', 0x20, '00'.repeat(16)],
  ['ROM of 64 KiB and its enable', 0x30, '0100ffff'],
  ['pointer', 0x34, '00'],
  ['interrupt line, pin', 0x3c, 'ff000000'],
  ['PM: all of PMCSR but PME', 0x40, '00000000ff7effff'],
  ['MSI: enable and two bits of MME', 0x50, '00003100fcffffffffffffffffff0000ff00000000000000'],
  ['bytes of no capability', 0x68, 'ffffffffffffffff'],
  ['MSI-X: enable and function mask', 0x70, '000000c00000000000000000'],
  ['PCI Express: DevCtl but Phantom Functions', 0xa0, '0000000000000000fffd0000'],
  ['PCI Express: DevCtl2 but ARI Forwarding', 0xc8, 'dfff0000'],
  ['behind PCI Express', 0xd4, 'ffffffff'],
  ['Vendor-specific: raw for as long as it says', 0xe0, '0000ffffffffffff'],
  ['AER: status, mask, severity', 0x100, '0000000031f0ff0331f0ff0331f0ff03'],
  ['AER: correctable status and mask, ECRC', 0x110, 'c1f10000c1f1000040010000'],
  ['AER: header log', 0x11c, '00'.repeat(16)],
  ['AER: behind what the kernel owns', 0x12c, 'ffffffff'],
  ['VSEC: header, then raw', 0x1c0, '00000000ffffffffffffffff'],
];

for (const profile of QEMU_PROFILE_NAMES) {
  test(`guestMasks lets writes through to what takes them, under ${profile}`, () => {
    const { write } = masks(profile);
    assert.equal(write.length, 0x1000);
    check(write, WRITES);
  });
}

test('guestMasks lets no write reach what airlock hides, and all that QEMU merely unlinks', () => {
  const settings = { ats: 'off' } as const;
  check(masks('airlock', { settings }).write, [
    ['subsystem IDs, unlinked by the kernel', 0xf0, '00'.repeat(8)],
    ['ATS', 0x150, '00'.repeat(8)],
    ['SR-IOV', 0x160, '00'.repeat(0x40)],
    ['L1 PM substates, unlinked by the kernel', 0x1a0, '00'.repeat(0x14)],
  ]);
  check(masks('qemu-11.1', { settings }).write, [
    ['subsystem IDs, unlinked by the kernel', 0xf0, 'ff'.repeat(8)],
    ['ATS: a next pointer that nothing leads to', 0x150, '0000c0ff00000000'],
    ['SR-IOV', 0x160, `0000c0ff${'00'.repeat(0x3c)}`],
    ['L1 PM substates, unlinked by the kernel', 0x1a0, 'ff'.repeat(0x14)],
  ]);
});

test('guestMasks without sizes lets address bits be written that any region has', () => {
  check(masks('airlock', {}, null).write, [
    ['BAR 0', 0x10, '00f0ffffffffffff'],
    ['BAR 3', 0x18, '0000000000ffffff'],
    ['no ROM', 0x30, '00000000'],
  ]);
});

test('guestMasks of a 64-bit BAR beyond 4 GiB, of the last BAR and of a region behind an upper half', () => {
  const sizes = (...barSizes: number[]) => masks('qemu-11.1', {}, [...barSizes, 0]).write;
  assert.equal(hex(sizes(2 ** 34, 0, 0, 0, 0, 0), 0x10, 8), '00000000fcffffff');
  assert.equal(hex(sizes(0x1000, 0x100, 0, 0, 0, 0), 0x10, 8), '00f0ffff00ffffff');
  const last = buildConfigSpace({ vendorId: 1, deviceId: 1, classCode: 0, bars: [0, 0, 0, 0, 0, 4] });
  const { write } = guestMasks(viewOf(last), [0, 0, 0, 0, 0, 0x1000]);
  assert.equal(hex(write, 0x24, 8), '00f0ffff00000000');
});

test('guestMasks knows what a written 1 clears', () => {
  const { writeOneToClear, write } = masks('airlock');
  const expected = new Uint8Array(0x1000);
  expected.set([0x31, 0xf0, 0xff, 0x03], 0x104);
  expected.set([0xc1, 0xf1], 0x110);
  assert.deepEqual(writeOneToClear, expected);
  assert.ok(writeOneToClear.every((byte, at) => (byte & ~write[at]) === 0));
});

test('guestMasks compares identity and what the guest sees of capabilities, and not what it may have written', () => {
  const { compare } = masks('qemu-11.1', { settings: { ats: 'off' } });
  check(compare, [
    ['identity, Status.Capabilities List', 0x00, 'ffffffff00001000'],
    ['revision and class, header type', 0x08, 'ffffffff0000ff00'],
    ['types of BARs', 0x10, 'ff3f000000000000000000001f000000'],
    ['subsystem', 0x2c, '00000000'],
    ['pointer', 0x34, 'ff000000'],
    ['PM but the power state', 0x40, 'fffffffffcffffff0000'],
    ['MSI', 0x50, 'ffffceff03000000000000000000ffff00ffffffffffffff'],
    ['MSI-X', 0x70, 'ffffff3fffffffffffffffff00'],
    ['PCI Express', 0xa0, 'ff'.repeat(0x40)],
    ['Vendor-specific: ID, next and length', 0xe0, 'ffffff0000000000'],
    ['AER', 0x100, 'ff'.repeat(0x50)],
    ['ATS and SR-IOV, hidden', 0x150, '00'.repeat(0x50)],
    ['VSEC', 0x1c0, 'ff'.repeat(0x10)],
  ]);
});

test("guestMasks of a PASID that the VMM made up: its control bits are the guest's", () => {
  const choices = { viommuPasid: true, hostIommu: hostIommu('supported', 20) };
  const { write, compare } = masks('airlock', choices);
  assert.equal(hex(write, 0xff8, 8), '0000000000000700');
  assert.equal(hex(compare, 0xff8, 8), 'fffffffffffff8ff');
});

test('guestMasks on a conventional bus ends at 256 bytes and leaves PCI Express out', () => {
  const { write, writeOneToClear, compare } = masks('qemu-11.1', { placement: 'conventional-bridge' });
  assert.deepEqual([write.length, writeOneToClear.length, compare.length], [0x100, 0x100, 0x100]);
  assert.equal(hex(write, 0xa0, 12), '00ff000000000000fffd0000');
  assert.equal(hex(compare, 0xa0, 12), '00'.repeat(12));
});

test('guestMasks of 64 bytes does not reach beyond them', () => {
  const short = buildConfigSpace({ vendorId: 1, deviceId: 1, classCode: 0, size: 64 });
  const { write, compare } = guestMasks(viewOf(short));
  assert.deepEqual([write.length, compare.length], [64, 64]);
});
