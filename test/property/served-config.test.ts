/** What holds of a config space that is served, whatever of it is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { servedConfig } from '../../src/pure/device/index.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { type CapabilityRef, walkExtended, walkStandard } from '../../src/pure/pci/walk.ts';
import { numbers, plausibleConfigSpaces, RUNS } from '../fixtures/arbitrary-config.ts';

/** Cut at any length, with rows and single bytes left out. */
function spoil({ bytes }: ConfigSpace, seed: number): ConfigSpace {
  const next = numbers(seed);
  const cut = bytes.slice(0, next() % 2 === 0 ? next() % (bytes.length + 1) : bytes.length);
  const known = new Uint8Array(cut.length).fill(1);
  for (let holes = next() % 6; holes > 0 && cut.length > 0; holes--) {
    const at = next() % cut.length;
    known.fill(0, at, at + (next() % 2 === 0 ? 1 : 16));
  }
  for (const [at, isKnown] of known.entries()) if (isKnown === 0) cut[at] = 0;
  return new ConfigSpace(cut, known);
}

const listed = (config: ConfigSpace): CapabilityRef[] => [...walkStandard(config).capabilities, ...walkExtended(config).capabilities];
const placeOf = ({ kind, id, offset }: CapabilityRef): string => `${kind} ${id} ${offset}`;

test('servedConfig lists nothing but what is known, in its order, and changes nothing but what leads from one to the next', () => {
  fc.assert(
    fc.property(plausibleConfigSpaces, fc.integer({ min: 1, max: 2 ** 32 - 1 }), (whole, seed) => {
      const config = spoil(whole, seed);
      const { config: served, cuts } = servedConfig(config);
      assert.ok(served.isWhole && (served.bytes.length === 0x100 || served.bytes.length === 0x1000));
      const [theirs, ours] = [listed(config), listed(served)];
      assert.deepEqual(
        [walkStandard(served).unknownAt, walkExtended(served).unknownAt],
        [null, served.bytes.length === 0x100 ? 0x100 : null],
      );
      const removed = new Set(cuts.flatMap(cut => cut.removed).map(placeOf));
      const kept = theirs.map(placeOf).filter(place => !removed.has(place));
      // A Null capability of version 0 at 100h that leads nowhere is a header of zeros: no list.
      if (walkExtended(served).capabilities.length === 0 && kept.at(-1) === 'extended 0 256') kept.pop();
      assert.deepEqual(ours.map(placeOf), kept);
      const links = new Set([0x06, 0x14, 0x34]);
      for (const { kind, offset } of theirs) for (const at of kind === 'standard' ? [1] : [2, 3]) links.add(offset + at);
      const lost = walkExtended(config).unknownAt === 0x100;
      for (const [at, byte] of config.bytes.entries()) {
        if (!config.isKnown(at) || links.has(at) || (lost && at >= 0x100 && at < 0x104)) continue;
        assert.equal(served.bytes[at], byte, `byte ${at}`);
      }
    }),
    { numRuns: RUNS },
  );
});
