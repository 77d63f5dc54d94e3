/** The lists after hiding, by rules made up for the purpose. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatChains, formatChanges, optionsFor, profileOf } from '../../../test/fixtures/realize-with.ts';
import { guestBytes } from '../guest-view/guest-view.ts';
import { realize } from '../guest-view/realize.ts';
import { buildConfigSpace, type CapabilityPart } from '../pci/builder.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { Stage } from './patch.ts';
import { REASONS } from './reasons.ts';
import { type RelinkLaw, relinkExtended, relinkStandard } from './relink.ts';
import type { CapabilityRule, DeviceRule } from './rule.ts';

/** Hides capabilities by their offset. */
function hide(stage: Stage, offsets: readonly number[], kind: 'standard' | 'extended'): CapabilityRule {
  return {
    name: `test.hide-${kind}`,
    stage,
    when: 'capability',
    kind,
    ids: null,
    summary: '',
    holdsFor: '',
    apply: (work, capability) => {
      if (offsets.includes(capability.offset)) work.hide(capability, REASONS['sriov.hidden']);
    },
  };
}

/** Points past what is hidden and does nothing else. */
const PLAIN: RelinkLaw = { clearsStatus: false, repairs: false, mergesAbutting: false };

function relink(stage: Stage, law: RelinkLaw): DeviceRule {
  return {
    name: 'test.relink',
    stage,
    when: 'after',
    summary: '',
    holdsFor: '',
    apply: work => {
      relinkStandard(work, law);
      relinkExtended(work, law);
    },
  };
}

interface Relinked {
  readonly chains: string;
  readonly changes: readonly string[];
}

function relinked(config: ConfigSpace, offsets: readonly number[], law: Partial<RelinkLaw> = {}): Relinked {
  const stage = 'vmm';
  const profile = profileOf(hide(stage, offsets, 'standard'), hide(stage, offsets, 'extended'), relink(stage, { ...PLAIN, ...law }));
  const view = realize(optionsFor(config, { profile }));
  if (view.outcome === 'failed') assert.fail(view.error.message);
  return { chains: formatChains(guestBytes(view)), changes: formatChanges(view) };
}

const part = (id: number, offset: number, body = '00000000'): CapabilityPart => ({ id, offset, body });

/** Both lists in the order given. */
function config(standard: readonly CapabilityPart[], extended: readonly CapabilityPart[] = []): ConfigSpace {
  return buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, standard, extended, size: 0x1000 });
}

const three = config([part(1, 0x40), part(9, 0x50), part(0x10, 0x60)], [part(1, 0x100), part(0x0f, 0x140), part(3, 0x180)]);
/** As some devices do it: pointers lead back and forth. */
const backward = config([part(1, 0x60), part(9, 0x40), part(0x10, 0x50)], [part(1, 0x100), part(0x0f, 0x180), part(3, 0x140)]);

/** Offsets that are hidden, then the guest's lists and the bytes that changed. */
const VECTORS: readonly (readonly [name: string, config: ConfigSpace, hidden: readonly number[], chains: string, changes: string[]])[] = [
  ['nothing', three, [], '01@40 09@50 10@60 | 0001@100 000f@140 0003@180', []],
  ['the heads', three, [0x40, 0x100], '09@50 10@60 | 0000@100 000f@140 0003@180', ['034: 40 > 50', '100: 01 > 00', '102: 01 > 00']],
  ['what is in the middle', three, [0x50, 0x140], '01@40 10@60 | 0001@100 0003@180', ['041: 50 > 60', '103: 14 > 18']],
  ['the tails', three, [0x60, 0x180], '01@40 09@50 | 0001@100 000f@140', ['051: 60 > 00', '143: 18 > 00']],
  ['head and middle', three, [0x40, 0x50, 0x100, 0x140], '10@60 | 0000@100 0003@180', ['034: 40 > 60', '100: 01 > 00', '102: 0114 > 0018']],
  ['all', three, [0x40, 0x50, 0x60, 0x100, 0x140, 0x180], '|', ['034: 40 > 00', '100: 01 > 00', '102: 0114 > 0000']],
  ['nothing of a list that leads backward', backward, [], '01@60 09@40 10@50 | 0001@100 000f@180 0003@140', []],
  [
    'the middle of a list that leads backward',
    backward,
    [0x40, 0x180],
    '01@60 10@50 | 0001@100 0003@140',
    ['061: 40 > 50', '103: 18 > 14'],
  ],
];

for (const [name, input, hidden, chains, changes] of VECTORS) {
  test(`relink hides ${name}`, () => {
    const found = relinked(input, hidden);
    assert.deepEqual([found.chains, found.changes], [chains, changes]);
  });
}

test('relink clears Status.Capabilities List where nothing is left and the law says so', () => {
  const all = [0x40, 0x50, 0x60];
  assert.deepEqual(relinked(three, all, { clearsStatus: true }).changes, ['006: 10 > 00', '034: 40 > 00']);
  assert.deepEqual(relinked(three, all).changes, ['034: 40 > 00']);
  assert.deepEqual(relinked(three, [0x40], { clearsStatus: true }).changes, ['034: 40 > 50']);
});

/** Both lists go round, and reserved pointer bits are set. */
const round = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0x5678,
  classCode: 0,
  standard: [part(1, 0x40), part(9, 0x50)],
  extended: [part(1, 0x100), part(3, 0x140), part(0x0f, 0x180)],
  override: [
    { at: 0x41, bytes: '53' },
    { at: 0x51, bytes: '40' },
    { at: 0x142, bytes: '3118' },
    { at: 0x182, bytes: '0110' },
  ],
});

test('relink ends a list where it went round, and leaves reserved pointer bits alone', () => {
  assert.deepEqual(relinked(round, []), {
    chains: '01@40 09@50 | 0001@100 0003@140 000f@180',
    changes: ['051: 40 > 00', '183: 10 > 00'],
  });
});

test('relink that repairs clears reserved pointer bits', () => {
  assert.deepEqual(relinked(round, [], { repairs: true }), {
    chains: '01@40 09@50 | 0001@100 0003@140 000f@180',
    changes: ['041: 53 > 50', '051: 40 > 00', '142: 31 > 01', '183: 10 > 00'],
  });
});

test('relink that repairs clears a pointer that leads nowhere', () => {
  const nowhere = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, status: 0x10, override: [{ at: 0x34, bytes: '1c' }] });
  assert.deepEqual(relinked(nowhere, []).changes, []);
  assert.deepEqual(relinked(nowhere, [], { repairs: true }).changes, ['034: 1c > 00']);
});

test('relink that merges what abuts or overlaps leaves the second of two alike as the hardware has it', () => {
  // Two Device Serial Numbers of 12 bytes, one behind the other, and one more that is hidden.
  const twins = config(
    [part(0x10, 0x40)],
    [part(1, 0x100), part(3, 0x140, '00'.repeat(8)), part(3, 0x14c, '00'.repeat(8)), part(0x0f, 0x160)],
  );
  const hidden = [0x160];
  assert.equal(relinked(twins, hidden).chains, '10@40 | 0001@100 0003@140 0003@14c');
  assert.equal(relinked(twins, hidden, { mergesAbutting: true }).chains, '10@40 | 0001@100 0003@140 0003@14c 000f@160');
  assert.equal(relinked(twins, [0x14c], { mergesAbutting: true }).chains, '10@40 | 0001@100 0003@140 000f@160');
  // A VSEC that says it has 17 bytes, and the next one 16 bytes on.
  const vsec = '341211010000000000000000';
  const overrun = config([part(0x10, 0x40)], [part(0x0b, 0x100, vsec), part(0x0b, 0x110, vsec), part(0x0f, 0x140)]);
  assert.equal(relinked(overrun, [0x140], { mergesAbutting: true }).chains, '10@40 | 000b@100 000b@110 000f@140');
});

test("relink points a CardBus bridge's list from 14h", () => {
  const cardbus = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x060700,
    headerType: 2,
    standard: [part(1, 0x50), part(9, 0x60)],
  });
  assert.deepEqual(relinked(cardbus, [0x50]), { chains: '09@60 |', changes: ['014: 50 > 60'] });
});
