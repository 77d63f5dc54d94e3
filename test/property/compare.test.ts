/** What holds of every comparison: what is not known is no difference, and a byte that differs is always told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from '../../src/pure/guest-view/compare.ts';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { configSpaces, numbers, RUNS, seeds } from '../fixtures/arbitrary-config.ts';

const ROW = 16;

/** The same with rows of 16 bytes knocked out, each with this chance in 256. */
function knockOut(config: ConfigSpace, seed: number, chance: number): ConfigSpace {
  const next = numbers(seed);
  const rows = Array.from({ length: 4096 / ROW }, () => next() >>> 24 < chance);
  const known = config.bytes.map((_, at) => (config.isKnown(at) && rows[Math.floor(at / ROW)] === false ? 1 : 0));
  return new ConfigSpace(config.bytes, known);
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
      const cut = new ConfigSpace(
        whole.bytes.slice(0, length),
        whole.bytes.slice(0, length).map((_, at) => (whole.isKnown(at) ? 1 : 0)),
      );
      assertNoContradiction(cut, whole, `cut at ${length}`);
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
