/** What people's own devices come to under properties and identities that QEMU knows; their dumps are not part of the repository. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { QEMU_PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../bytes/hex.ts';
import { parseLspciDump } from '../inputs/index.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { type Settings, settingsOf } from '../rules/settings.ts';
import { guestBytes, type Realized } from './guest-view.ts';
import { realize } from './realize.ts';

const folder = join(import.meta.dirname, '../../../../shared/inputs');
const skip = existsSync(folder) ? false : 'there are no inputs of people';

function realized(name: string, profile: ProfileName, settings: Partial<Settings> = {}): Realized {
  const [{ config }] = parseLspciDump(readFileSync(join(folder, `O-${name}.txt`)));
  const own = settingsOf(effectiveProperties({ profile: PROFILES[profile] }));
  return realize(optionsFor(config, { profile: PROFILES[profile], settings: { ...own, ...settings } }));
}

function bytesAt(view: Realized, at: number, length: number): string {
  return view.outcome === 'failed' ? view.error.message : formatHexBytes(guestBytes(view).bytes.subarray(at, at + length));
}

for (const profile of QEMU_PROFILE_NAMES) {
  test(`${profile}: a Gen6 endpoint whose MSI-X table and pending bits overlap fails without BAR sizes`, { skip }, () => {
    const words = "failed to add PCI capability 0x11[0x10]@0xb0: table & pba overlap, or they don't fit in BARs, or don't align";
    const view = realized('gen6-endpoint', profile);
    assert.deepEqual(view.outcome === 'failed' && view.error, { code: 'msix.misplaced', message: words });
  });

  test(`${profile}: an NVIDIA GPU gets its clique at C8h, and another vendor's fails`, { skip }, () => {
    assert.equal(bytesAt(realized('ga102', profile, { clique: 1 }), 0xc8, 8), '0900085032500800');
    assert.equal(bytesAt(realized('ga102', profile, { clique: 1 }), 0xb5, 1), 'c8');
    assert.equal(bytesAt(realized('navi10-ats-4k', profile, { clique: 1 }), 0, 0), 'NVIDIA GPUDirect Clique ID: invalid device vendor');
  });
}

test("Intel graphics: the addresses of the host's stolen memory and OpRegion read 0, but for QEMU 10.0's OpRegion", { skip }, () => {
  const host = realized('igd-gen9', 'qemu-10.0');
  assert.equal(bytesAt(host, 0x5c, 4), '00000000');
  assert.notEqual(bytesAt(host, 0xfc, 4), '00000000');
  for (const profile of ['airlock', 'qemu-11.1'] as const) {
    for (const at of [0x5c, 0xfc]) assert.equal(bytesAt(realized('igd-gen9', profile), at, 4), '00000000');
  }
});

test('a GPU of which only the text of lspci -v is there: ats=on fails where it names ATS, and else is unknown', { skip }, () => {
  const text = readFileSync(join(folder, 'O-fmt-lspci-text-only.txt'), 'utf8');
  const outcome = (of: string) => {
    const [{ config }] = parseLspciDump(new TextEncoder().encode(of));
    const settings = { ...settingsOf(effectiveProperties({ profile: PROFILES.airlock })), ats: 'on' } as const;
    return realize(optionsFor(config, { profile: PROFILES.airlock, settings, hostIommu: hostIommu('unsupported', 0) }));
  };
  const named = outcome(text);
  assert.equal(named.outcome === 'failed' && named.error.code, 'ats.required.kernel-unsupported');
  const silent = outcome(text.replace(/^.*\(ATS\)\n/m, ''));
  assert.equal(silent.outcome, 'unknown');
  assert.ok(silent.messages.some(({ code }) => code === 'ats.unknown'));
});
