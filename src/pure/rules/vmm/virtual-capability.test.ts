import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QEMU_PROFILE_NAMES } from '../../../../test/fixtures/profile-names.ts';
import { effectOf, formatChains, optionsFor, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../../bytes/hex.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { guestMasks } from '../../guest-view/masks.ts';
import { realize } from '../../guest-view/realize.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { PROFILES, type ProfileName } from '../../profiles/index.ts';
import type { Settings } from '../settings.ts';

const pm = (offset: number): CapabilityPart => ({ id: 0x01, offset, body: '030000000000' });
const vendor = (offset: number, length: number): CapabilityPart => ({
  id: 0x09,
  offset,
  body: length.toString(16).padStart(2, '0') + 'a5'.repeat(length - 3),
});
const subsystem = (offset: number): CapabilityPart => ({ id: 0x0d, offset, body: '0000f41a0011' });

const NVIDIA = 0x10de;
const VGA = 0x030000;

interface Shape {
  readonly standard: readonly CapabilityPart[];
  readonly vendorId?: number;
  readonly deviceId?: number;
  readonly classCode?: number;
}

const config = ({ standard, vendorId = NVIDIA, deviceId = 0x2204, classCode = VGA }: Shape) =>
  buildConfigSpace({ vendorId, deviceId, classCode, standard, bars: [4, 0, 0xfa100000, 0, 0xfa200004, 1] });

/** The chain, and the bytes of what was added; the words where it fails. */
function added(shape: Shape, profile: ProfileName, settings: Partial<Settings> = {}): string {
  const realized = realize(optionsFor(config(shape), { profile: PROFILES[profile], settings }));
  if (realized.outcome === 'failed') return `${realized.error.code}: ${realized.error.message}`;
  const bytes = guestBytes(realized);
  const [made] = realized.capabilities.filter(({ status }) => status === 'synthesised');
  if (made === undefined) return formatChains(bytes);
  return `${formatChains(bytes)}: ${formatHexBytes(bytes.bytes.subarray(made.offset, made.offset + bytes.bytes[made.offset + 2]))}`;
}

const clique = (standard: readonly CapabilityPart[], profile: ProfileName, shape: Partial<Shape> = {}) =>
  added({ standard, ...shape }, profile, { clique: 5 });

for (const profile of QEMU_PROFILE_NAMES) {
  test(`vmm.clique of ${profile} stands at C8h, at D4h where that is taken, and fails where both are`, () => {
    assert.equal(clique([pm(0x60), vendor(0xb4, 0x14)], profile), '01@60 09@b4 09@c8 |: 0900085032502800');
    assert.equal(clique([vendor(0xe0, 8), pm(0x60)], profile), '09@e0 01@60 09@c8 |: 0900085032502800');
    assert.equal(clique([pm(0x60), vendor(0xc8, 8)], profile), '01@60 09@c8 09@d4 |: 0900085032502800');
    const refused = 'clique.refused: NVIDIA GPUDirect Clique ID: invalid config space';
    assert.equal(clique([pm(0x60), vendor(0xc8, 8), vendor(0xd4, 8)], profile), refused);
  });

  test(`vmm.clique of ${profile} fails for another vendor or class, of the guest's identity, and does nothing without a list`, () => {
    const [vendorWords, classWords] = ['invalid device vendor', 'unsupported PCI class'].map(
      words => `clique.refused: NVIDIA GPUDirect Clique ID: ${words}`,
    );
    assert.equal(clique([pm(0x60)], profile, { vendorId: 0x1002 }), vendorWords);
    assert.equal(clique([pm(0x60)], profile, { classCode: 0x040300 }), classWords);
    assert.match(clique([pm(0x60)], profile, { classCode: 0x0302ff }), /09@c8/);
    assert.equal(added({ standard: [pm(0x60)] }, profile, { clique: 1, vendorId: 0x1234 }), vendorWords);
    assert.equal(clique([], profile), '|');
    assert.equal(clique([], profile, { vendorId: 0x1002 }), '|');
    // The kernel takes away all that there is.
    assert.equal(clique([subsystem(0x60)], profile), '|');
  });

  test(`vmm.clique of ${profile} stands where the kernel hid a capability`, () => {
    assert.equal(clique([pm(0x60), subsystem(0xc8)], profile), '01@60 09@c8 |: 0900085032502800');
    assert.equal(clique([subsystem(0xc8), pm(0x60)], profile), '01@60 09@c8 |: 0900085032502800');
  });
}

test('vmm.clique-qemu writes over a body, and QEMU refuses a header that is written over', () => {
  assert.equal(clique([pm(0x60), vendor(0xc8, 0x10)], 'qemu-11.1'), '01@60 09@c8 09@d4 |: 0900085032502800');
  const words = (where: string, id: string, at: string) =>
    `capability.overlap: failed to add PCI capability ${where}: 0000:00:00:00.0 Attempt to add PCI capability ${id} at offset ${at} ` +
    `overlaps existing capability c8 at offset ${at === 'c4' ? 'c8' : at}`;
  assert.equal(clique([vendor(0xb4, 0x18), vendor(0xcc, 8)], 'qemu-11.1'), words('0x9[0x34]@0xcc', '9', 'cc'));
  assert.equal(clique([pm(0xc4)], 'qemu-10.0'), words('0x1[0x4]@0xc4', '1', 'c4'));
});

test('vmm.clique never stands over the registers of a shown capability', () => {
  assert.equal(clique([pm(0x60), vendor(0xc8, 0x10)], 'airlock'), 'clique.refused: NVIDIA GPUDirect Clique ID: invalid config space');
  assert.equal(clique([pm(0xc4)], 'airlock'), '01@c4 09@d4 |: 0900085032502800');
});

test('vmm.clique takes no writes and holds its number in bits [6:3]', () => {
  for (const [number, byte] of [
    [0, '00'],
    [1, '08'],
    [15, '78'],
  ] as const) {
    const view = viewOf(config({ standard: [pm(0x60)] }), { profile: PROFILES['qemu-11.1'], settings: { clique: number } });
    assert.equal(formatHexBytes(guestBytes(view).bytes.subarray(0xc8, 0xd0)), `090008503250${byte}00`);
    const { write, compare } = guestMasks(view);
    assert.deepEqual([...write.subarray(0xc8, 0xd0)], new Array(8).fill(0));
    assert.deepEqual([...compare.subarray(0xc8, 0xd0)], new Array(8).fill(0xff));
  }
});

const vmd = (standard: readonly CapabilityPart[], deviceId = 0x201d) => ({ standard, vendorId: 0x8086, deviceId, classCode: 0x010400 });
const SHADOW = '09001801574448530000' + '10fa00000000040020fa01000000';

for (const profile of QEMU_PROFILE_NAMES) {
  test(`vmm.vmd-windows of ${profile} shows the host's BAR 2 to 5 at E8h, for the devices that QEMU knows`, () => {
    for (const id of [0x201d, 0x467f, 0x4c3d, 0x9a0b]) assert.equal(added(vmd([pm(0x40)], id), profile), `01@40 09@e8 |: ${SHADOW}`);
    for (const id of [0x28c0, 0xa77f, 0x7d0b, 0xad0b]) assert.equal(added(vmd([pm(0x40)], id), profile), '01@40 |');
    assert.equal(added(vmd([]), profile), '|');
  });
}

test('vmm.vmd-windows-qemu fails where a header stands, and vmm.vmd-windows leaves the capability out', () => {
  const overlaps = (where: string, at: string) =>
    `capability.overlap: failed to add PCI capability ${where}: 0000:00:00:00.0 Attempt to add PCI capability 9 at offset ${at} overlaps ` +
    `existing capability e8 at offset ${at}`;
  assert.equal(added(vmd([pm(0x40), vendor(0xe8, 8)]), 'qemu-11.1'), overlaps('0x9[0x18]@0xe8', 'e8'));
  assert.equal(added(vmd([pm(0x40), vendor(0xf4, 8)]), 'qemu-11.1'), overlaps('0x9[0xc]@0xf4', 'f4'));
  assert.equal(added(vmd([pm(0x40), vendor(0xd8, 0x20)]), 'qemu-11.1'), `01@40 09@d8 09@e8 |: ${SHADOW}`);
  for (const standard of [[vendor(0xe8, 8)], [vendor(0xf4, 8)], [vendor(0xd8, 0x20)]]) {
    const effect = effectOf(PROFILES.airlock.rules, config(vmd(standard)));
    assert.match(typeof effect === 'string' ? effect : effect.messages.join(), /vmd\.no-room/);
  }
});
