import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf, profileOf, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import type { Placement } from '../realize-input.ts';
import { express } from './express.ts';

/** A capability at 40h of all ones behind its flags, 3Ch bytes or up to `next`. */
function config(flags: string, next = 0x7c) {
  const size = next - 0x40;
  return buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0,
    standard: [
      { id: 0x10, body: flags + 'ff'.repeat(size - 4), offset: 0x40 },
      { id: 0x09, body: '04', offset: next },
    ],
  });
}

const LINK = '04c: ffffffffffffffff > 0000000000000000';
const LINK_2 = '06c: ffffffffffffffff > 0000000000000000';
const MADE_UP = '04c: ffffffffffff > 110000000000';

/** Flags of types 0 (endpoint), 1 (legacy endpoint) and 9 (integrated endpoint), by where the function stands. */
const VECTORS: readonly (readonly [flags: string, placement: Placement, changes: readonly string[], effect: string])[] = [
  ['0200', 'root-port', [], ''],
  ['1200', 'root-port', [], ''],
  ['9200', 'root-port', ['042: 92 > 02', MADE_UP], 'changed express.endpoint'],
  ['0200', 'root-complex', ['042: 02 > 92', LINK, LINK_2], 'changed express.integrated'],
  ['1200', 'root-complex', [], 'hidden express.dropped.legacy-endpoint'],
  ['9200', 'root-complex', [], ''],
  ['0200', 'conventional-bridge', [], 'hidden express.dropped.conventional-bus'],
  ['1200', 'conventional-bridge', [], 'hidden express.dropped.conventional-bus'],
  ['9200', 'conventional-bridge', [], 'hidden express.dropped.conventional-bus'],
  ['0200', 'conventional', [], ''],
  ['9200', 'conventional', [], ''],
  // Version 0 becomes 1; slot and interrupt bits stay.
  ['003e', 'root-port', ['042: 00 > 01'], 'changed express.version'],
  ['90c1', 'root-complex', ['042: 90 > 91'], 'changed express.version'],
];

for (const [flags, placement, changes, outcome] of VECTORS) {
  test(`vmm.express of ${flags} at ${placement}: ${outcome || 'nothing'}`, () => {
    const effect = effectOf([express], config(flags), { placement });
    if (typeof effect === 'string') assert.fail(effect);
    assert.deepEqual(effect.changes, changes);
    assert.deepEqual(effect.capabilities, outcome === '' ? [] : [`10@40 ${outcome}`]);
  });
}

test('vmm.express leaves registers alone that a short capability does not hold', () => {
  const changes = (next: number) => {
    const effect = effectOf([express], config('0100', next), { placement: 'root-complex' });
    return typeof effect === 'string' ? effect : effect.changes;
  };
  assert.deepEqual(changes(0x50), ['042: 01 > 91']);
  assert.deepEqual(changes(0x6c), ['042: 01 > 91', LINK]);
  assert.deepEqual(changes(0x74), ['042: 01 > 91', LINK, LINK_2]);
});

test('vmm.express does not say what stands behind a short capability where one that is not known may', () => {
  const whole = buildConfigSpace({
    ...{ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, status: 0x10 },
    override: [
      { at: 0x34, bytes: '40' },
      { at: 0x40, bytes: `10800100${'ff'.repeat(0x34)}` },
      { at: 0x80, bytes: '096804' },
      { at: 0x68, bytes: '090004ffffffffffffffffff' },
    ],
  });
  const known = new Uint8Array(whole.bytes.length).fill(1).fill(0, 0x80, 0x90);
  const links = [whole, new ConfigSpace(whole.bytes.slice().fill(0, 0x80, 0x90), known)].map(config => {
    const guest = guestBytes(viewOf(config, { profile: profileOf(express), placement: 'root-complex' }));
    return [guest.read(0x4c, 4), guest.read(0x6c, 4)];
  });
  assert.deepEqual(links, [
    [0, 0xffffffff],
    [0, undefined],
  ]);
});

test('vmm.express refuses ports, bridges and event collectors everywhere', () => {
  for (const placement of ['root-port', 'root-complex', 'conventional-bridge', 'conventional'] as const) {
    for (const type of [2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]) {
      const words = `failed to add PCI capability 0x10[0x3c]@0x40: assignment of PCIe type 0x${type.toString(16)} devices is not currently supported`;
      assert.equal(effectOf([express], config(`${type.toString(16)}200`), { placement }), `express.type-unsupported: ${words}`);
    }
  }
});
