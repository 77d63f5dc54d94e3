import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { PROFILES, vfioBytes } from '../../guest-view/index.ts';
import { buildConfigSpace, type ConfigSpaceParts } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import { enabled, headerType, opened, virtualFunction } from './header.ts';

const config = (parts: Partial<ConfigSpaceParts> = {}) => buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, ...parts });

test('kernel.header-type takes type 0 and refuses all others', () => {
  const words = (type: number) => effectOf([headerType], config({ override: [{ at: 0x0e, bytes: Uint8Array.of(type) }] }));
  const nothing = { changes: [], codes: [], capabilities: [], messages: [] };
  for (const type of [0x00, 0x80]) assert.deepEqual(words(type), nothing);
  const refused = (type: number) =>
    `kernel.header-type-refused: vfio-pci does not take a function of header type ${type}: wanted type 0, not a bridge`;
  assert.equal(words(0x01), refused(1));
  assert.equal(words(0x81), refused(1));
  assert.equal(words(0x02), refused(2));
  assert.equal(words(0xff), refused(127));
});

test('kernel.opened clears Bus Master Enable and Interrupt Disable and nothing else', () => {
  const effect = { changes: ['004: 4705 > 4301'], codes: ['kernel.opened'], capabilities: [], messages: [] };
  assert.deepEqual(effectOf([opened], config({ command: 0x0547 })), effect);
  assert.deepEqual(effectOf([opened], config({ command: 0x0143 })), { ...effect, changes: [] });
});

test('kernel.enabled sets Memory and I/O Space Enable where the device has such regions, by their sizes or else by their addresses', () => {
  const nothing = { changes: [], codes: [], capabilities: [], messages: [] };
  const set = (byte: string) => ({ ...nothing, changes: [`004: 00 > ${byte}`], codes: ['kernel.enabled'] });
  const sizes = (...barSizes: number[]) => ({ barSizes });
  assert.deepEqual(effectOf([enabled], config({ bars: [0xfe000000] })), set('02'));
  assert.deepEqual(effectOf([enabled], config({ bars: [0xfe000000, 0xe001] })), set('03'));
  assert.deepEqual(effectOf([enabled], config({ bars: [0xe001] })), set('01'));
  // An upper half that has its lowest bit set is no I/O region.
  assert.deepEqual(effectOf([enabled], config({ bars: [0xfe00000c, 1] })), set('02'));
  assert.deepEqual(effectOf([enabled], config({ bars: [4, 0, 1] }), sizes(0x1000, 0, 0)), set('02'));
  assert.deepEqual(effectOf([enabled], config({ bars: [0] }), sizes(0x1000)), set('02'));
  assert.deepEqual(effectOf([enabled], config()), nothing);
  assert.deepEqual(effectOf([enabled], config({ bars: [0xfe000000], command: 0x103 })), nothing);
});

test('kernel.enabled leaves Command open where the types of regions are not known', () => {
  const { bytes } = config({ bars: [0xfe000000] });
  const commandOf = (unknownAt: number) => {
    const known = new Uint8Array(bytes.length).fill(1).fill(0, unknownAt, unknownAt + 4);
    return vfioBytes(viewOf(new ConfigSpace(bytes, known), { profile: PROFILES.airlock }));
  };
  assert.equal(commandOf(0x10).isKnown(0x04), false);
  assert.equal(commandOf(0x10).isKnown(0x05), true);
  assert.equal(commandOf(0x28).bytes[0x04], 0x02);
});

test('kernel.virtual-function gives a VF its identity, memory enable and no interrupt pin', () => {
  const parts = { vendorId: 0xffff, deviceId: 0xffff, interruptPin: 1, command: 4 };
  assert.deepEqual(effectOf([virtualFunction], config(parts), { virtualFunction: { vendorId: 0x8086, deviceId: 0x1889 } }), {
    changes: ['000: ffffffff04 > 8680891806', '03d: 01 > 00'],
    codes: ['kernel.vf-identity', 'kernel.memory-enable', 'kernel.interrupt-pin'],
    capabilities: [],
    messages: [],
  });
  assert.deepEqual(effectOf([virtualFunction], config(parts)), { changes: [], codes: [], capabilities: [], messages: [] });
});

test('kernel.virtual-function gives a VF the types of its BARs, where they are known', () => {
  const identity = { vendorId: 0x1234, deviceId: 0x5678 };
  const effect = effectOf([virtualFunction], config({ command: 2 }), { virtualFunction: { ...identity, bars: [4, 0, 0, 12, 0, 0] } });
  assert.ok(typeof effect === 'object');
  assert.deepEqual(effect.changes, ['010: 00 > 04', '01c: 00 > 0c']);
  assert.ok(effect.codes.includes('kernel.vf-bars'));
});
