/** What holds of every view, whatever the bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GuestView, guestBytes, vfioBytes } from '../../src/pure/guest-view/guest-view.ts';
import { guestMasks } from '../../src/pure/guest-view/masks.ts';
import { realize } from '../../src/pure/guest-view/realize.ts';
import type { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import type { Finding } from '../../src/pure/pci/finding.ts';
import { walkExtended, walkStandard } from '../../src/pure/pci/walk.ts';
import { PROFILES, type ProfileName } from '../../src/pure/profiles/index.ts';
import { applyPatch } from '../../src/pure/rules/patch.ts';
import { configSpaces, plausibleConfigSpaces, RUNS } from '../fixtures/arbitrary-config.ts';
import { realizeInputs as inputs } from '../fixtures/arbitrary-input.ts';
import { PROFILE_NAMES, STRICT_PROFILE_NAMES } from '../fixtures/profile-names.ts';
import { assertShareAtLeast } from '../fixtures/share-of-runs.ts';

const profiles = fc.constantFrom(...PROFILE_NAMES);
const strict = fc.constantFrom(...STRICT_PROFILE_NAMES);
/** Those whose VMM goes by the lists as the kernel left them. */
const following = fc.constantFrom(...PROFILE_NAMES.filter(name => PROFILES[name].traits.followsKernel));

/** Runs `check` on views of arbitrary bytes; tells how many of them were realized. */
function forViews(spaces: fc.Arbitrary<ConfigSpace>, names: fc.Arbitrary<ProfileName>, check: (view: GuestView) => void): void {
  let realized = 0;
  fc.assert(
    fc.property(spaces, inputs, names, (config, input, profile) => {
      const view = realize({ ...input, config, profile: PROFILES[profile] });
      if (view.outcome === 'failed') return;
      realized++;
      check(view);
    }),
    { numRuns: RUNS },
  );
  assertShareAtLeast(realized, RUNS, 1 / 10, 'were realized');
}

test('realize ends on any bytes, under any profile, with a view or with a code and words', () => {
  fc.assert(
    fc.property(configSpaces, inputs, profiles, (config, input, profile) => {
      const view = realize({ ...input, config, profile: PROFILES[profile] });
      if (view.outcome === 'failed') {
        assert.match(view.error.code, /^[a-z]+(\.[a-z-]+)+$/);
        assert.ok(view.error.message.length > 0);
        return;
      }
      assert.equal(guestBytes(view).bytes.length, view.size);
      assert.equal(vfioBytes(view).bytes.length, config.bytes.length);
      assert.ok(view.patches.length < 5000 && view.capabilities.length <= 64 + 1024 + 1);
    }),
    { numRuns: RUNS },
  );
});

test('guestBytes is the patches over the input: applying them twice is applying them once', () => {
  forViews(configSpaces, profiles, view => {
    const once = guestBytes(view).bytes;
    const twice = once.slice();
    for (const patch of view.patches) applyPatch(twice, patch);
    assert.deepEqual(twice, once);
  });
});

test('guestBytes leaves a bit to the hardware that no patch covers', () => {
  forViews(configSpaces, profiles, view => {
    const covered = new Uint8Array(view.input.bytes.length);
    for (const patch of view.patches) applyPatch(covered, { ...patch, value: 0xffffffff });
    const guest = guestBytes(view).bytes;
    for (let at = 0; at < guest.length; at++) {
      if (((guest[at] ^ view.input.bytes[at]) & ~covered[at]) !== 0) assert.fail(`byte ${at} changes without a patch`);
    }
  });
});

const BROKEN = new Set(['chain.cycle', 'chain.out-of-range', 'chain.misaligned']);

function brokenLists(guest: ConfigSpace, codes: ReadonlySet<string> = BROKEN): Finding[] {
  return [...walkStandard(guest).findings, ...walkExtended(guest).findings].filter(({ code }) => codes.has(code));
}

const LEADS_OUT = new Set(['chain.out-of-range', 'chain.unknown-bytes']);

const allKnown = (config: ConfigSpace) => config.knownLength === config.bytes.length;

/** Whether the VMM finds a standard list: without one it looks for no extended list either. */
const hasList = (view: GuestView) => walkStandard(vfioBytes(view)).capabilities.length > 0;

test('realize of a plausible function lists what the guest’s walks find, and its lists are sound', () => {
  forViews(plausibleConfigSpaces, profiles, view => {
    if (!hasList(view)) return;
    const guest = guestBytes(view);
    assert.deepEqual(brokenLists(guest), []);
    const place = ({ id, offset }: { id: number; offset: number }) => `${id}@${offset}`;
    const listed = (kind: string) => view.capabilities.filter(c => c.kind === kind && c.status !== 'hidden').map(place);
    assert.deepEqual(walkStandard(guest).capabilities.map(place), listed('standard'));
    // The empty header at 100h is no capability.
    const extended = walkExtended(guest).capabilities.filter(({ id }) => id !== 0);
    assert.deepEqual(extended.map(place), listed('extended'));
  });
});

test('realize under a strict profile leaves lists that end and stay inside, whatever they were', () => {
  const codes = new Set(['chain.cycle', 'chain.out-of-range']);
  forViews(configSpaces, strict, view => assert.deepEqual(brokenLists(guestBytes(view), codes), []));
});

test('realize under a strict profile shows no SR-IOV, whatever the bytes', () => {
  forViews(configSpaces, strict, view => {
    if (allKnown(view.input)) assert.ok(!walkExtended(guestBytes(view)).capabilities.some(({ id }) => id === 0x10));
  });
});

test('realize over host bytes is the VMM’s stage over what the kernel’s left, where the VMM goes by that', () => {
  fc.assert(
    fc.property(configSpaces, inputs, following, (config, input, name) => {
      const profile = PROFILES[name];
      const whole = realize({ ...input, config, profile, bytes: 'host' });
      if (whole.outcome === 'failed' || !hasList(whole)) return;
      // What a list does that leads out of its space, or into bytes that nobody knows, cannot be said in two steps.
      if (brokenLists(config, LEADS_OUT).length > 0) return;
      // Two of one ID may abut, and then the kernel leaves a hidden one linked.
      const ids = walkStandard(config).capabilities.map(({ id }) => id);
      if (new Set(ids).size < ids.length) return;
      const upper = realize({ ...input, config: vfioBytes(whole), profile, bytes: 'vfio' });
      if (upper.outcome === 'failed') assert.fail(upper.error.message);
      assert.deepEqual(guestBytes(upper).bytes, guestBytes(whole).bytes);
    }),
    { numRuns: RUNS },
  );
});

test('guestMasks ends on any view; what a written 1 clears takes writes, and what a strict profile hides takes none', () => {
  forViews(configSpaces, profiles, view => {
    const { write, writeOneToClear, compare } = guestMasks(view);
    assert.deepEqual([write.length, writeOneToClear.length, compare.length], [view.size, view.size, view.size]);
    assert.ok(writeOneToClear.every((byte, at) => (byte & ~write[at]) === 0));
    if (view.profile.traits.hiddenBytes !== 'gone') return;
    // A synthesised capability may stand where a hidden one was.
    const synthesised = view.capabilities.filter(({ status }) => status === 'synthesised').map(({ offset }) => offset);
    const isNew = (at: number) => synthesised.some(offset => at >= offset && at < offset + 8);
    for (const { kind, at, length } of view.patches) {
      if (kind !== 'blank') continue;
      for (let i = at + 4; i < at + length; i++) assert.ok(write[i] === 0 || isNew(i), `at ${i}`);
    }
  });
});
