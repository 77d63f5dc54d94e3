/** Bytes that a VMM may write where it rests on unknown bytes whether it does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsFor, viewOf } from '../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import { guestBytes } from './guest-view.ts';

/** MSI-X at 40h, whose table begins in BAR 0, inside of a page; 64-bit BARs. */
const DEVICE = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, bars: [4, 0, 4, 0, 4, 0], size: 0x100 },
  standard: [{ id: 0x11, offset: 0x40, body: '0000000800000010000000000000' }],
});

function guest(profile: ProfileName, [from, end]: readonly [number, number], settings = {}): ConfigSpace {
  const known = new Uint8Array(DEVICE.bytes.length).fill(1).fill(0, from, end);
  const config = new ConfigSpace(DEVICE.bytes.slice().fill(0, from, end), known);
  const { settings: defaults } = optionsFor(config);
  return guestBytes(viewOf(config, { profile: PROFILES[profile], settings: { ...defaults, ...settings } }));
}

test('realize leaves open where the arrays of MSI-X stand if it is not known which BARs are wide', () => {
  assert.equal(guest('cloud-hypervisor-53', [0x10, 0x20]).isKnown(0x44), false);
  assert.equal(guest('qemu-11.1', [0x10, 0x24], { msixRelocation: 'bar5' }).isKnown(0x44), false);
});

test('realize under cloud-hypervisor-53 leaves open what a clique makes of the Vendor ID where it is not known if there is a list', () => {
  assert.equal(guest('cloud-hypervisor-53', [0x34, 0x35], { clique: 3 }).isKnown(1), false);
  assert.equal(guest('cloud-hypervisor-53', [0, 0], { clique: 3 }).isKnown(1), true);
});
