/** What holds of every comparison: what is not known is no difference, and a byte that differs is always told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from '../../src/pure/guest-view/compare.ts';
import type { ComparedSpace } from '../../src/pure/guest-view/compared-space.ts';
import { guestBytes, type Realized, type RealizeFailure } from '../../src/pure/guest-view/guest-view.ts';
import { realize } from '../../src/pure/guest-view/realize.ts';
import { type HostIommuDevice, legacyVfioDevice } from '../../src/pure/iommu/index.ts';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { hasExtendedSpace } from '../../src/pure/pci/extended-space.ts';
import { PROFILES } from '../../src/pure/profiles/index.ts';
import { configSpaces, numbers, RUNS, seeds } from '../fixtures/arbitrary-config.ts';
import { hasOneInside } from '../fixtures/inside-another.ts';
import { PROFILE_NAMES } from '../fixtures/profile-names.ts';
import { formatChains, hostIommu, optionsFor } from '../fixtures/realize-with.ts';
import { assertShareAtLeast } from '../fixtures/share-of-runs.ts';

const ROW = 16;

/** The same with rows of 16 bytes knocked out, each with this chance in 256. */
function knockOut(config: ConfigSpace, seed: number, chance: number): ConfigSpace {
  const next = numbers(seed);
  const rows = Array.from({ length: 4096 / ROW }, () => next() >>> 24 < chance);
  const known = config.bytes.map((_, at) => (config.isKnown(at) && rows[Math.floor(at / ROW)] === false ? 1 : 0));
  return new ConfigSpace(config.bytes, known);
}

/** Its first bytes alone. */
function cutAt(config: ConfigSpace, length: number): ConfigSpace {
  const bytes = config.bytes.slice(0, length);
  return new ConfigSpace(
    bytes,
    bytes.map((_, at) => (config.isKnown(at) ? 1 : 0)),
  );
}

function assertNoContradiction(part: ConfigSpace, whole: ConfigSpace, what: string): void {
  for (const [a, b] of [[part, whole] as const, [whole, part] as const]) {
    const { outcome, differences } = compare({ config: a }, { config: b });
    if (outcome === 'different') assert.fail(`${what}: ${JSON.stringify(differences[0])}`);
  }
}

test('compare of any bytes with a part of them finds no difference, and says that a part was compared', () => {
  fc.assert(
    fc.property(configSpaces, fc.nat(4096), seeds, fc.constantFrom(0, 16, 64, 200), (whole, length, seed, chance) => {
      assertNoContradiction(cutAt(whole, length), whole, `cut at ${length}`);
      assertNoContradiction(knockOut(whole, seed, chance), whole, `rows knocked out with seed ${seed}`);
    }),
    { numRuns: RUNS },
  );
});

test('compare of a device cut at every length with the whole finds no difference, and says how far', () => {
  const whole = buildConfigSpace({
    ...{ vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000 },
    standard: [
      { id: 0x01, offset: 0x40, body: '2300000000000000'.slice(0, 12) },
      { id: 0x10, offset: 0x60, body: `4200${'01'.repeat(0x38)}` },
      { id: 0x11, offset: 0xb0, body: '00'.repeat(10) },
    ],
    extended: [
      { id: 0x01, offset: 0x100, body: '01'.repeat(0x44) },
      { id: 0x0f, offset: 0x200, body: '20000000' },
      { id: 0x13, offset: 0x210, body: '01'.repeat(12) },
    ],
  });
  for (let length = 0; length < 4096; length++) {
    const cut = new ConfigSpace(whole.bytes.slice(0, length));
    assertNoContradiction(cut, whole, `cut at ${length}`);
    const { outcome, compared, unknown } = compare({ config: cut }, { config: whole });
    assert.equal(outcome, length === 0 ? 'incomparable' : 'same-as-far-as-known');
    assert.equal(compared.at(-1)?.to, length === 0 ? undefined : length - 1);
    assert.equal(unknown.a.at(-1)?.to, 4095);
  }
});

test('compare tells where any byte differs that both sides know', () => {
  const edit = fc.record({ at: fc.nat(4095), flip: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(configSpaces, edit, seeds, (config, { at, flip }, seed) => {
      const bytes = config.bytes.slice();
      if (at >= bytes.length) return;
      bytes[at] ^= flip;
      const known = config.bytes.map((_, i) => (config.isKnown(i) ? 1 : 0));
      const part = knockOut(new ConfigSpace(bytes, known), seed, 32);
      const { outcome } = compare({ config }, { config: part });
      assert.equal(outcome === 'different', config.isKnown(at) && part.isKnown(at), `byte ${at}`);
    }),
    { numRuns: RUNS },
  );
});

const PLACEMENTS = ['root-port', 'root-complex', 'conventional-bridge', 'conventional'] as const;
const HOSTS = [hostIommu('supported', 20), hostIommu('unsupported'), legacyVfioDevice()];

/** All that decides a view apart from the bytes. */
const choices = fc.record({
  profile: fc.constantFrom(...PROFILE_NAMES),
  placement: fc.constantFrom(...PLACEMENTS),
  bytes: fc.constantFrom('host' as const, 'vfio' as const),
  host: fc.nat(HOSTS.length - 1),
  viommuPasid: fc.boolean(),
});

/** Whether there are bytes behind FFh of a function that has no extended space: those are no registers of it. */
const hasEcho = (config: ConfigSpace): boolean => config.bytes.length > 0x100 && !hasExtendedSpace(config);

function guestSide(realized: Exclude<Realized, RealizeFailure>): ComparedSpace {
  return { config: guestBytes(realized), isConventional: realized.isOnConventionalBus };
}

test('compare of the views of a device and of a part of it finds no difference', () => {
  let compared = 0;
  fc.assert(
    fc.property(configSpaces, choices, fc.nat(4096), seeds, (config, { profile, host, ...rest }, length, seed) => {
      const chosen = { ...rest, profile: PROFILES[profile], hostIommu: HOSTS[host] as HostIommuDevice };
      const whole = realize(optionsFor(config, chosen));
      if (whole.outcome === 'failed' || hasEcho(config)) return;
      for (const part of [cutAt(config, length), knockOut(config, seed, 32)]) {
        if (hasOneInside(config, part)) continue;
        const partly = realize(optionsFor(part, chosen));
        assert.ok(partly.outcome !== 'failed', 'a part alone does not fail');
        const { outcome, differences } = compare(guestSide(partly), guestSide(whole));
        if (outcome === 'different')
          assert.fail(`${formatChains(config)} without a part, ${formatChains(part)}: ${JSON.stringify(differences[0])}`);
        compared++;
      }
    }),
    { numRuns: RUNS },
  );
  assertShareAtLeast(compared, 2 * RUNS, 1 / 5, 'were compared');
});
