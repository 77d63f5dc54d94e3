/** Lists that may be other than they look: where the kernel may leave linked what it means to hide, and where one may be gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, hostIommu, optionsFor, viewOf } from '../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../bytes/hex.ts';
import { guestBytes } from '../guest-view/guest-view.ts';
import { realize } from '../guest-view/realize.ts';
import { buildConfigSpace, type CapabilityPart } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES, type Profile } from '../profiles/index.ts';

/** The same without the bytes from `from` to `to`. */
function without({ bytes }: ConfigSpace, from: number, to: number): ConfigSpace {
  return new ConfigSpace(bytes.slice().fill(0, from, to + 1), new Uint8Array(bytes.length).fill(1).fill(0, from, to + 1));
}

function seen(config: ConfigSpace, choices: Choices = {}): string[] {
  const view = realize(optionsFor(config, { profile: PROFILES['qemu-11.1'], ...choices }));
  if (view.outcome === 'failed') return [view.error.code];
  return [view.outcome, ...view.capabilities.map(({ id, offset, status }) => `${id.toString(16)}@${offset.toString(16)} ${status}`)];
}

const EXPRESS: CapabilityPart = { id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` };
const build = (extended: readonly CapabilityPart[], override: readonly { at: number; bytes: string }[] = []) =>
  buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, standard: [EXPRESS], extended, override, size: 0x1000 });

/** A VSEC that says how long it is. */
const vsec = (offset: number, length: number): CapabilityPart => ({
  id: 0x0b,
  offset,
  body: `0100${formatHexBytes(Uint8Array.of((length << 4) & 0xff, length >> 4))}0000000000000000`,
});
const PASID: CapabilityPart = { id: 0x1b, offset: 0x120, body: '00000000' };
const SHOWN = ['10@40 shown', 'b@100 shown', 'b@110 shown'];

test('realize says of what the kernel means to hide behind two of one ID that it is unknown where the length of the first is', () => {
  for (const [length, status] of [
    [0x10, 'shown'],
    [0x08, 'hidden'],
  ] as const) {
    const whole = build([vsec(0x100, length), vsec(0x110, 0x10), PASID]);
    assert.deepEqual(seen(whole).toSorted(), ['realized', ...SHOWN, `1b@120 ${status}`].toSorted());
    assert.deepEqual(seen(without(whole, 0x106, 0x107)), ['realized', ...SHOWN, '1b@120 unknown']);
    // The strict profile hides it, linked or not.
    assert.deepEqual(seen(without(whole, 0x106, 0x107), { profile: PROFILES.airlock }), ['realized', ...SHOWN, '1b@120 hidden']);
  }
});

test('realize says the same where the first of the two stands in a part of the list that is not known', () => {
  const backward = (length: number) =>
    build(
      [vsec(0x100, 8), vsec(0x110, length), vsec(0x120, 8), { ...PASID, offset: 0x140 }],
      [
        { at: 0x102, bytes: '0112' },
        { at: 0x142, bytes: '0111' },
        { at: 0x112, bytes: '0100' },
      ],
    );
  assert.ok(seen(backward(0x10)).includes('1b@140 shown'));
  assert.ok(seen(backward(0x08)).includes('1b@140 hidden'));
  assert.ok(seen(without(backward(0x10), 0x110, 0x11f)).includes('1b@140 unknown'));
  // A serial number of 12 bytes does not fit into four.
  const narrow = build(
    [
      vsec(0x100, 0x20),
      { id: 0x2e, offset: 0x120, body: '' },
      { id: 0x03, offset: 0x124, body: '00'.repeat(8) },
      { ...PASID, offset: 0x140 },
    ],
    [
      { at: 0x102, bytes: '4112' },
      { at: 0x142, bytes: '0112' },
      { at: 0x122, bytes: '0100' },
    ],
  );
  assert.ok(seen(without(narrow, 0x120, 0x123)).includes('1b@140 hidden'));
});

test('realize does not fail for a capability that may be gone and that another one runs into', () => {
  const config = buildConfigSpace({
    ...{ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, status: 0x10 },
    override: [
      { at: 0x34, bytes: '40' },
      { at: 0x40, bytes: '01440300' },
      { at: 0x44, bytes: '10000200' },
    ],
  });
  const bridge = { placement: 'conventional-bridge' } as const;
  assert.deepEqual(seen(config, bridge), ['realized', '1@40 shown', '10@44 hidden']);
  assert.equal(seen(without(config, 0x46, 0x46), bridge)[0], 'unknown');
  assert.deepEqual(seen(without(config, 0x50, 0x50)), ['capability.overlap']);
});

test('realize does not say that a host bridge of which 64 bytes are known has no PASID', () => {
  const config = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 1,
    classCode: 0x060000,
    override: [{ at: 0x100, bytes: '01000100' }],
    size: 0x1000,
  });
  for (const profile of [PROFILES.airlock, PROFILES['qemu-11.1']]) {
    const choices = { profile, viommuPasid: true, hostIommu: hostIommu('supported', 20) };
    assert.deepEqual(seen(config, choices), ['realized', '1b@ff8 synthesised']);
    for (const part of [new ConfigSpace(config.bytes.slice(0, 64)), without(config, 0x100, 0x100)]) {
      const view = realize(optionsFor(part, choices));
      assert.ok(view.messages.some(({ code }) => code === 'pasid.unknown'));
    }
  }
});

test('realize does not say that the pointer of a CardBus bridge is 0 where the first capability is not known', () => {
  const parts = { vendorId: 0x1234, deviceId: 1, classCode: 0x060700, headerType: 2, status: 0x10, size: 0x100 };
  const config = buildConfigSpace({
    ...parts,
    override: [
      { at: 0x14, bytes: 'b8' },
      { at: 0xb8, bytes: '0900' },
    ],
  });
  const pointer = (part: ConfigSpace, profile: Profile) => {
    const view = viewOf(part, { profile, bytes: 'vfio' });
    return guestBytes(view).read(0x14, 1);
  };
  for (const profile of [PROFILES.airlock, PROFILES['qemu-11.1']]) {
    assert.equal(pointer(config, profile), 0xb8);
    for (const [from, to] of [
      [0xb8, 0xb9],
      [0x06, 0x06],
      [0x0e, 0x0e],
    ] as const)
      assert.equal(pointer(without(config, from, to), profile), undefined);
  }
});

test('realize does not say that there is no list where all of it is hidden and the VMM may add a capability', () => {
  const status = (part: ConfigSpace, choices: Choices) => {
    const view = viewOf(part, { placement: 'conventional-bridge', ...choices });
    return guestBytes(view).read(0x06, 2);
  };
  const express = (vendorId: number, classCode: number) =>
    buildConfigSpace({ vendorId, deviceId: 0x467f, classCode, standard: [EXPRESS], size: 0x100 });
  const vmd = express(0x8086, 0x010400);
  const nvidia = express(0x10de, 0x030000);
  // The capability that the VMM hides is still one of a list that it adds to.
  assert.equal(status(vmd, {}), 0x10);
  assert.equal(status(nvidia, { settings: { clique: 1 } }), 0x10);
  assert.equal(status(nvidia, {}), 0);
  assert.equal(status(without(vmd, 0x00, 0x00), {}), undefined);
  assert.equal(status(without(nvidia, 0x0b, 0x0b), { settings: { clique: 1 } }), undefined);
  // Neither is one of those that get a capability.
  assert.equal(status(without(nvidia, 0x00, 0x00), {}), 0);
  assert.equal(status(without(vmd, 0x0b, 0x0b), {}), 0x10);
});

test('realize tells apart two of one ID that another capability stands between', () => {
  const channel = (offset: number): CapabilityPart => ({ id: 0x02, offset, body: '00'.repeat(0x18) });
  const between: CapabilityPart = { id: 0x03, offset: 0x180, body: '00'.repeat(8) };
  assert.ok(seen(build([channel(0x100), between, channel(0x200), { ...PASID, offset: 0x240 }])).includes('1b@240 hidden'));
});
