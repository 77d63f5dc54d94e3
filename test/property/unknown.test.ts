/** What is said of a device of which a part is not known never contradicts what is said of the whole device. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Evidence, explainAts, explainPasid } from '../../src/pure/guest-view/explain.ts';
import { type GuestView, guestBytes, type Realized, vfioBytes } from '../../src/pure/guest-view/guest-view.ts';
import { realize } from '../../src/pure/guest-view/realize.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { listEnds, unknownPlaces } from '../../src/pure/pci/unknown-places.ts';
import { walkExtended, walkStandard } from '../../src/pure/pci/walk.ts';
import { PROFILES, type ProfileName } from '../../src/pure/profiles/index.ts';
import { effectiveProperties } from '../../src/pure/qemu/index.ts';
import type { RealizeInput } from '../../src/pure/rules/realize-input.ts';
import { configSpaces, plausibleConfigSpaces, RUNS } from '../fixtures/arbitrary-config.ts';
import { demandingSettings, identities, realizeInputs } from '../fixtures/arbitrary-input.ts';
import { hasOneInside } from '../fixtures/inside-another.ts';
import { PROFILE_NAMES } from '../fixtures/profile-names.ts';
import { assertShareAtLeast, assertShareAtMost } from '../fixtures/share-of-runs.ts';

const PROPERTIES = new Map(PROFILE_NAMES.map(name => [name, effectiveProperties({ profile: PROFILES[name] })]));
const ROW = 16;

/** Whether the length fits to what the function announces: no host shows more than 256 bytes of one that announces no more. */
function isWholeFunction(config: ConfigSpace): boolean {
  if (!config.isWhole || config.bytes.length < 256) return false;
  const announces = listEnds(new ConfigSpace(config.bytes.slice(0, 256))).extended !== null;
  return config.bytes.length === (announces ? 4096 : 256);
}

/** Devices all of whose bytes are known. */
const wholeSpaces = fc.oneof(plausibleConfigSpaces, configSpaces).filter(isWholeFunction);

/** What is taken away: all from an offset on, rows as a dump has them, single bytes. */
const cuts = fc.record({
  length: fc.oneof(fc.constant(4096), fc.constantFrom(64, 256, 272, 320), fc.nat(4096)),
  rows: fc.array(fc.oneof(fc.nat(255), fc.nat(40), fc.constantFrom(0, 1, 3, 4, 16)), { maxLength: 4 }),
  bytes: fc.array(fc.oneof(fc.nat(4095), fc.nat(0x13f)), { maxLength: 3 }),
});

function cut(config: ConfigSpace, { length, rows, bytes }: { length: number; rows: number[]; bytes: number[] }): ConfigSpace {
  const left = config.bytes.slice(0, length);
  const known = new Uint8Array(left.length).fill(1);
  for (const row of rows) known.fill(0, row * ROW, (row + 1) * ROW);
  for (const at of bytes) if (at < known.length) known[at] = 0;
  for (let at = 0; at < left.length; at++) if (known[at] === 0) left[at] = 0;
  return new ConfigSpace(left, known);
}

/** The bytes that both sides know are the same, and the whole device knows all that the cut one does. */
function checkBytes(part: ConfigSpace, whole: ConfigSpace, what: string): void {
  for (let at = 0; at < part.bytes.length; at++) {
    if (!part.isKnown(at)) continue;
    assert.ok(whole.isKnown(at), `${what}: byte ${at.toString(16)} is known of the part alone`);
    assert.equal(part.bytes[at], whole.bytes[at], `${what}: byte ${at.toString(16)}`);
  }
}

const place = ({ kind, id, offset }: GuestView['capabilities'][number]) => `${kind} ${id.toString(16)}@${offset.toString(16)}`;

function isSamePlace(a: GuestView['capabilities'][number], b: GuestView['capabilities'][number]): boolean {
  return a.kind === b.kind && a.offset === b.offset;
}

function checkCapabilities(part: GuestView, whole: GuestView): void {
  const all = new Map(whole.capabilities.map(view => [place(view), view]));
  for (const view of part.capabilities) {
    if (view.status === 'unknown') continue;
    const same = all.get(place(view));
    // What the kernel unlinked and left an empty header of goes by the name of either.
    if (view.status === 'hidden' && whole.capabilities.some(other => isSamePlace(other, view) && other.status === 'hidden')) continue;
    assert.ok(same !== undefined, `${place(view)} is in the part alone`);
    assert.deepEqual([view.status, view.stage, view.reason?.code], [same.status, same.stage, same.reason?.code], place(view));
  }
  // Of a device whose identity is not known it is not told that it may be a VMD.
  const isAdditionOpen = part.messages.some(({ code }) => ADDITION_OPEN.has(code)) || !part.input.isKnown(0, 4);
  for (const view of whole.capabilities) {
    if (isAdditionOpen && view.status === 'synthesised') continue;
    if (part.unknownAt[view.kind] === null && !(part.isOnConventionalBus && view.kind === 'extended'))
      assert.ok(
        part.capabilities.some(other => isSamePlace(other, view)),
        `${place(view)} is not in the part, whose ${view.kind} list is known`,
      );
  }
}

/** Messages about what is not known, and those that the whole device answers otherwise only because it realizes. */
const ASSUMED = 'list.assumed-apart';
const OPEN = new Set(['ats.unknown', 'pasid.unknown', 'pasid.unreported', 'outcome.unknown', 'vmd.unknown', 'clique.unknown', ASSUMED]);
const ADDITION_OPEN = new Set(['pasid.unknown', 'vmd.unknown', 'clique.unknown']);

function checkViews(part: GuestView, whole: GuestView): void {
  checkCapabilities(part, whole);
  const told = new Set(whole.messages.map(({ level, code }) => `${level} ${code}`));
  for (const { level, code } of part.messages)
    if (!OPEN.has(code)) assert.ok(told.has(`${level} ${code}`), `${level} ${code} is told of the part alone`);
  checkBytes(guestBytes(part), guestBytes(whole), 'guest');
  checkBytes(vfioBytes(part), vfioBytes(whole), 'vfio');
}

function checkEvidence(part: Evidence, whole: Evidence): void {
  if (part.seen !== null) assert.equal(part.seen, whole.seen, `${part.subject} is seen`);
  for (const link of part.links) {
    const same = whole.links.find(({ name }) => name === link.name);
    if (link.holds !== null && same !== undefined && link.name !== 'result')
      assert.equal(link.holds, same.holds, `${part.subject}: ${link.name}`);
  }
}

function checkRealized(part: Realized, whole: Realized): void {
  if (part.outcome === 'failed') assert.equal(whole.outcome, 'failed', part.error.message);
  else if (part.outcome === 'realized') assert.equal(whole.outcome, 'realized', JSON.stringify(whole));
  else assert.ok(part.messages.some(({ level, code }) => level === 'warning' && code === 'outcome.unknown'));
  if (part.outcome !== 'failed' && whole.outcome !== 'failed') checkViews(part, whole);
}

function check(config: ConfigSpace, partial: ConfigSpace, input: Omit<RealizeInput, 'config'>, name: ProfileName): void {
  const profile = PROFILES[name];
  const properties = PROPERTIES.get(name);
  assert.ok(properties !== undefined);
  const whole = realize({ ...input, config, profile });
  const part = realize({ ...input, config: partial, profile });
  checkRealized(part, whole);
  const { hostIommu, bytes, viommuPasid, virtualFunction } = input;
  const options = {
    properties,
    hostIommu,
    profile,
    guestIommu: { pasid: viommuPasid },
    bytes,
    facts: { virtualFunction, hostArchitecture: null },
    machineFrom: 'default' as const,
  };
  for (const explain of [explainAts, explainPasid])
    checkEvidence(explain({ ...options, config: partial, realized: part }), explain({ ...options, config, realized: whole }));
}

/** Of a device that is left out, the part says on what condition its view holds. */
function checkCondition(part: Realized): void {
  if (part.outcome === 'failed') return;
  const kinds = (['standard', 'extended'] as const).filter(kind => part.unknownAt[kind] !== null);
  const isSomethingSaid = kinds.some(kind => part.capabilities.some(view => view.kind === kind));
  assert.equal(
    part.messages.some(({ code }) => code === ASSUMED),
    isSomethingSaid,
  );
}

test('realize of a device of which a part is not known never contradicts that of the whole device', () => {
  const outcomes = { realized: 0, failed: 0, unknown: 0 };
  let left = 0;
  fc.assert(
    fc.property(wholeSpaces, cuts, realizeInputs, fc.constantFrom(...PROFILE_NAMES), (config, parts, input, name) => {
      const partial = cut(config, parts);
      if (hasOneInside(config, partial)) {
        left++;
        checkCondition(realize({ ...input, config: partial, profile: PROFILES[name] }));
        return;
      }
      check(config, partial, input, name);
      outcomes[realize({ ...input, config: partial, profile: PROFILES[name] }).outcome]++;
    }),
    { numRuns: RUNS },
  );
  assertShareAtMost(left, RUNS, 1 / 10, 'are left out');
  // The property says nothing where nothing is certain.
  for (const [outcome, count] of Object.entries(outcomes)) assertShareAtLeast(count, RUNS, 1 / 20, `are ${outcome}`);
});

/** The same with another identity, and an address of an OpRegion. */
function become(
  { bytes }: ConfigSpace,
  { vendorId, deviceId, classCode }: { vendorId: number; deviceId: number; classCode: number },
  address: number,
) {
  const own = bytes.slice();
  const view = new DataView(own.buffer);
  view.setUint32(0, vendorId | (deviceId << 16), true);
  view.setUint32(8, (view.getUint8(8) | (classCode << 8)) >>> 0, true);
  view.setUint32(0xfc, address, true);
  return new ConfigSpace(own);
}

test('realize of a device that rules look for, of which a part is not known, never contradicts that of the whole device', () => {
  const devices = fc
    .tuple(wholeSpaces, identities, fc.constantFrom(0, 0xffffffff, 0x86e58018))
    .map(([config, identity, address]) => become(config, identity, address))
    .filter(isWholeFunction);
  let compared = 0;
  fc.assert(
    fc.property(devices, cuts, realizeInputs, demandingSettings, fc.constantFrom(...PROFILE_NAMES), (config, parts, input, asked, name) => {
      const partial = cut(config, parts);
      if (hasOneInside(config, partial)) return;
      check(config, partial, { ...input, settings: { ...input.settings, ...asked } }, name);
      compared++;
    }),
    { numRuns: RUNS },
  );
  assertShareAtLeast(compared, RUNS, 3 / 4, 'are compared');
});

test('unknownPlaces names every unknown byte that the function has, once, and the lists end where it says', () => {
  fc.assert(
    fc.property(wholeSpaces, cuts, (config, parts) => {
      const partial = cut(config, parts);
      const places = unknownPlaces(partial);
      const named = places.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      assert.equal(new Set(named).size, named.length);
      for (const at of named) assert.ok(!partial.isKnown(at));
      for (let at = 0; at < config.bytes.length; at++) {
        if (!partial.isKnown(at) && partial.bytes.length === 4096) assert.ok(named.includes(at), `byte ${at}`);
      }
      const ends = listEnds(partial);
      const kinds = { standard: walkStandard, extended: walkExtended } as const;
      for (const kind of ['standard', 'extended'] as const) {
        if (ends[kind] === null || listEnds(config)[kind] !== null) continue;
        const offsets = (space: ConfigSpace) => kinds[kind](space).capabilities.map(({ offset }) => offset);
        // What is known of a list is its beginning.
        assert.deepEqual(offsets(partial), offsets(config).slice(0, offsets(partial).length));
        assert.ok(places.length > 0);
      }
    }),
    { numRuns: Math.min(RUNS, 2000) },
  );
});
