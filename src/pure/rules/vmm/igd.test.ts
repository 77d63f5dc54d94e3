import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsFor, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../../bytes/hex.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { guestMasks } from '../../guest-view/masks.ts';
import { realize } from '../../guest-view/realize.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { PROFILES, type ProfileName } from '../../profiles/index.ts';
import type { Placement } from '../realize-input.ts';
import type { IgdSettings, Settings } from '../settings.ts';

interface Shape {
  readonly deviceId?: number;
  readonly vendorId?: number;
  readonly classCode?: number;
  readonly opRegion?: string;
  readonly standard?: readonly CapabilityPart[];
}

const ADDRESS = '1880e586';
const STOLEN = '0100008c';
const STOLEN_WIDE = '0100808c04000000';

function config({ deviceId = 0x3e92, vendorId = 0x8086, classCode = 0x030000, opRegion = ADDRESS, standard = [] }: Shape) {
  return buildConfigSpace({
    ...{ vendorId, deviceId, classCode, standard },
    override: [
      { at: 0x50, bytes: 'c1020000' },
      { at: 0x5c, bytes: STOLEN },
      { at: 0xc0, bytes: STOLEN_WIDE },
      { at: 0xfc, bytes: opRegion },
    ],
  });
}

const DEFAULTS: IgdSettings = { opRegion: true, lpcBridge: false, stolenMemory: 0, legacyMode: 'auto' };
const DEFAULTS_10: IgdSettings = { ...DEFAULTS, opRegion: false };

interface Asked {
  readonly igd?: Partial<IgdSettings>;
  readonly settings?: Partial<Settings>;
  readonly placement?: Placement;
}

/** What the guest reads at 50h, 5Ch, C0h and FCh; or the words. */
function seen(profile: ProfileName, shape: Shape, { igd = {}, settings = {}, placement = 'root-port' }: Asked = {}): string {
  const defaults = profile === 'qemu-10.0' ? DEFAULTS_10 : DEFAULTS;
  const choices = { profile: PROFILES[profile], placement, settings: { ...settings, igd: { ...defaults, ...igd } } };
  const realized = realize(optionsFor(config(shape), choices));
  if (realized.outcome === 'failed') return realized.error.message;
  const { bytes } = guestBytes(realized);
  const texts = [0x50, 0x5c, 0xc0, 0xfc].map(at => formatHexBytes(bytes.subarray(at, at + (at === 0xc0 ? 8 : at === 0x50 ? 2 : 4))));
  return [...texts, ...realized.messages.map(({ message }) => message)].join(' ');
}

const NONE = '00000000';
const NONE_WIDE = NONE + NONE;

test('igd of QEMU 11.1 hides ASLS and BDSM where the OpRegion is found, whatever x-igd-opregion says', () => {
  for (const opRegion of [true, false]) assert.equal(seen('qemu-11.1', {}, { igd: { opRegion } }), `c102 ${NONE} ${STOLEN_WIDE} ${NONE}`);
  assert.equal(seen('qemu-11.1', { classCode: 0x038000 }), `c102 ${NONE} ${STOLEN_WIDE} ${NONE}`);
  assert.equal(seen('qemu-11.1', { deviceId: 0x9a49 }), `c102 ${STOLEN} ${NONE_WIDE} ${NONE}`);
  assert.equal(seen('qemu-11.1', { deviceId: 0x7d55 }), `c102 ${STOLEN} ${STOLEN_WIDE} ${NONE}`);
});

test('igd of QEMU 11.1 passes all on where no OpRegion is found, or where the guest is told of another device', () => {
  for (const opRegion of [NONE, 'ffffffff']) assert.equal(seen('qemu-11.1', { opRegion }), `c102 ${STOLEN} ${STOLEN_WIDE} ${opRegion}`);
  const whole = `c102 ${STOLEN} ${STOLEN_WIDE} ${ADDRESS}`;
  assert.equal(seen('qemu-11.1', { vendorId: 0x1234 }), whole);
  assert.equal(seen('qemu-11.1', {}, { settings: { vendorId: 0x1234 } }), whole);
  assert.equal(seen('qemu-11.1', {}, { settings: { classCode: 0x020000 } }), whole);
  assert.equal(seen('qemu-11.1', { vendorId: 0x1234 }, { settings: { vendorId: 0x8086 } }), whole);
});

test('igd of QEMU 10.0 hides BDSM of a VGA device that it knows, and ASLS only where it is asked to', () => {
  assert.equal(seen('qemu-10.0', {}), `c102 ${NONE} ${STOLEN_WIDE} ${ADDRESS}`);
  assert.equal(seen('qemu-10.0', { opRegion: NONE }), `c102 ${NONE} ${STOLEN_WIDE} ${NONE}`);
  assert.equal(seen('qemu-10.0', { deviceId: 0x9a49 }), `c102 ${STOLEN} ${NONE_WIDE} ${ADDRESS}`);
  assert.equal(seen('qemu-10.0', { classCode: 0x038000 }), `c102 ${STOLEN} ${STOLEN_WIDE} ${ADDRESS}`);
  assert.equal(seen('qemu-10.0', { deviceId: 0x7d55 }), `c102 ${STOLEN} ${STOLEN_WIDE} ${ADDRESS}`);
  assert.equal(seen('qemu-10.0', {}, { igd: { opRegion: true } }), `c102 ${NONE} ${STOLEN_WIDE} ${NONE}`);
  const words = 'Device does not supports IGD OpRegion feature: No such device';
  assert.equal(seen('qemu-10.0', { opRegion: NONE }, { igd: { opRegion: true } }), words);
});

test('igd of airlock lets no address of the host through', () => {
  for (const opRegion of [ADDRESS, NONE, 'ffffffff']) {
    assert.equal(seen('airlock', { opRegion }), `c102 ${NONE} ${STOLEN_WIDE} ${NONE}`);
    assert.equal(seen('airlock', { opRegion, deviceId: 0x9a49 }), `c102 ${STOLEN} ${NONE_WIDE} ${NONE}`);
  }
  assert.equal(seen('airlock', { deviceId: 0x7d55 }), `c102 ${NONE} ${NONE_WIDE} ${NONE}`);
  // A discrete card has none of it, and registers of its own there.
  assert.equal(seen('airlock', { deviceId: 0x56a0, opRegion: NONE }), `c102 ${STOLEN} ${STOLEN_WIDE} ${NONE}`);
});

test('igd of airlock leaves the registers of capabilities alone', () => {
  const standard = [{ id: 0x09, offset: 0x58, body: `10${'a5'.repeat(13)}` }];
  assert.equal(seen('airlock', { standard }), `c102 ${STOLEN} ${STOLEN_WIDE} ${NONE}`);
});

/** x-igd-gms and what Graphics Control becomes, or the words, in QEMU 11.1. */
const STOLEN_SIZES: readonly (readonly [deviceId: number, units: number, control: string])[] = [
  [0x0412, 3, '1902'],
  [0x0412, 0x10, '8102'],
  [0x0412, 0x11, "Parameter 'x-igd-gms' expects 0~0x10"],
  [0x3e92, 3, 'c103'],
  [0x3e92, 0x40, 'c140'],
  [0x3e92, 0xf0, 'c1f0'],
  [0x3e92, 0xff, "Parameter 'x-igd-gms' expects 0~0x40 or 0xf0~0xfe"],
  [0x3e92, 0x80, "Parameter 'x-igd-gms' expects 0~0x40 or 0xf0~0xfe"],
  [0x0a84, 3, 'c103'],
  [0x0a16, 3, '1902'],
  [0x7d55, 3, 'x-igd-gms is not supported on this device'],
];

for (const [deviceId, units, control] of STOLEN_SIZES) {
  test(`igd of ${deviceId.toString(16)} with x-igd-gms=${units}: ${control}`, () => {
    for (const profile of ['qemu-11.1', 'airlock'] as const) {
      const found = seen(profile, { deviceId }, { igd: { stolenMemory: units } });
      assert.ok(found === control || found.startsWith(`${control} `), found);
    }
  });
}

test('igd of QEMU 10.0 says that a size does not fit and goes on', () => {
  const found = seen('qemu-10.0', { deviceId: 0x0412 }, { igd: { stolenMemory: 0x11 } });
  assert.equal(found, `c102 ${NONE} ${STOLEN_WIDE} ${ADDRESS} Parameter 'x-igd-gms' expects 0~0x10`);
});

test('igd fails for a legacy mode or an LPC bridge on any machine but i440fx, in the words of each version', () => {
  const lpc = 'Cannot create LPC bridge due to existing device at 1f.0';
  for (const profile of ['airlock', 'qemu-11.1', 'qemu-10.0'] as const) assert.equal(seen(profile, {}, { igd: { lpcBridge: true } }), lpc);
  const legacy = { igd: { legacyMode: 'on' } } as const;
  assert.equal(
    seen('qemu-11.1', {}, legacy),
    "Machine is not i440fx, assigned BDF is not 00:02.0, or device 3e92 (gen 9) doesn't support legacy mode",
  );
  assert.equal(seen('qemu-10.0', {}, legacy), 'Machine is not i440fx or assigned BDF is not 00:02.0');
  assert.match(seen('qemu-11.1', { opRegion: NONE }, legacy), /^c102/);
  for (const placement of ['conventional'] as const) assert.match(seen('qemu-11.1', {}, { ...legacy, placement }), /^c102/);
});

test("igd's hidden addresses take what the guest's firmware writes", () => {
  const view = viewOf(config({}), { profile: PROFILES['qemu-11.1'], settings: { igd: DEFAULTS } });
  const { write } = guestMasks(view);
  assert.deepEqual([...write.subarray(0x5c, 0x60), ...write.subarray(0xfc, 0x100)], new Array(8).fill(0xff));
});
