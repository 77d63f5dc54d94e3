/** Nothing that is said of the slot of a device which is known in part contradicts what is said of it when all is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { PROFILES, type Profile } from '../../src/pure/profiles/index.ts';
import { effectiveProperties } from '../../src/pure/qemu/index.ts';
import { describeSlot, type Slot, type SlotFacts } from '../../src/pure/slot/index.ts';
import { plausibleConfigSpaces, RUNS } from '../fixtures/arbitrary-config.ts';
import { PROFILE_NAMES } from '../fixtures/profile-names.ts';
import { assertShareAtLeast } from '../fixtures/share-of-runs.ts';

/** The space without the bytes behind `length` and without some rows of 16. */
function cut({ bytes }: ConfigSpace, length: number, rows: readonly number[]): ConfigSpace {
  const kept = bytes.slice(0, length);
  const known = Uint8Array.from(kept, (_, at) => (rows.includes(at >> 4) ? 0 : 1));
  return new ConfigSpace(
    kept.map((byte, at) => byte * known[at]),
    known,
  );
}

/** What is said of each register, and by the words of the others. */
function statements({ bars, rom, interruptPin, port }: Slot): ReadonlyMap<string, unknown> {
  const said = new Map<string, unknown>();
  for (const bar of bars.filter(({ state }) => state === 'present')) {
    for (const key of ['kind', 'width', 'prefetchable', 'size'] as const) said.set(`bar ${bar.index} ${key}`, bar[key]);
  }
  said.set('rom', rom.state === 'unknown' ? null : rom.state);
  said.set('pin', interruptPin);
  const { bits32, bits64, bits128 } = port.atomicCompletion;
  said.set('atomics', [bits32, bits64, bits128].includes(null) ? null : `${bits32} ${bits64} ${bits128}`);
  said.set('prefixes', port.endEndPrefixes.guest);
  said.set('prefixes of the host', port.endEndPrefixes.host);
  return said;
}

/** Registers that are said to have no region. */
function absent({ bars }: Slot): number[] {
  const upper = bars.filter(({ width }) => width === 64).map(({ index }) => index + 1);
  return [0, 1, 2, 3, 4, 5].filter(index => !upper.includes(index) && !bars.some(bar => bar.index === index));
}

const PROPERTIES = Object.fromEntries(PROFILE_NAMES.map(name => [name, effectiveProperties({ profile: PROFILES[name] })]));
const profiles = fc.constantFrom(...PROFILE_NAMES);

test('describeSlot of a part says nothing that describeSlot of the whole contradicts', () => {
  const rows = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 4 });
  const length = fc.oneof(fc.integer({ min: 0, max: 0x1000 }), fc.constantFrom(0x10, 0x14, 0x18, 0x1c, 0x40, 0x100, 0x140));
  let spoken = 0;
  fc.assert(
    fc.property(plausibleConfigSpaces, plausibleConfigSpaces, profiles, length, rows, (config, port, name, size, left) => {
      if (!config.isWhole) return;
      const profile: Profile = PROFILES[name];
      const place = { profile, placement: profile.traits.placements[0], properties: PROPERTIES[name] };
      const facts = (own: ConfigSpace): SlotFacts => ({ config: own, virtualFunction: null, regions: null, above: [port], ...place });
      const whole = describeSlot(facts(config));
      const part = describeSlot(facts(cut(config, size, left)));
      const wanted = statements(whole);
      const said = [...statements(part)].filter(([, value]) => value !== null);
      for (const [what, value] of said) assert.equal(value, wanted.get(what), what);
      if (said.some(([what]) => what.startsWith('bar '))) spoken++;
      // The whole may be unsure itself: a register of 0 says nothing.
      const there = whole.bars.map(({ index }) => index);
      assert.deepEqual(
        absent(part).filter(index => there.includes(index)),
        [],
      );
    }),
    { numRuns: RUNS },
  );
  assertShareAtLeast(spoken, RUNS, 2 / 3, 'said something of a BAR');
});
