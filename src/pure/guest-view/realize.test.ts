import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, formatChains, formatChanges, hostIommu, optionsFor, viewOf } from '../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../bytes/hex.ts';
import { buildConfigSpace, type ConfigSpaceParts } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES } from '../profiles/index.ts';
import { applyPatch } from '../rules/patch.ts';
import { REASONS } from '../rules/reasons.ts';
import { guestBytes, vfioBytes } from './guest-view.ts';
import { realize } from './realize.ts';

const base = { vendorId: 0x8086, deviceId: 0x1572, classCode: 0x020000 } as const;

/** A network function as the host sees it: bus mastering on, MSI in use, ATS enabled by the host's driver. */
const nic = (parts: Partial<ConfigSpaceParts> = {}) =>
  buildConfigSpace({
    ...base,
    command: 0x0406,
    bars: [0xf000000c, 0x00000040],
    interruptPin: 1,
    standard: [
      { id: 0x01, body: '03f808810000', offset: 0x40 },
      { id: 0x05, body: `8701${'11'.repeat(20)}`, offset: 0x50 },
      { id: 0x0d, body: '000034127856', offset: 0x70 },
      { id: 0x10, body: `0200${'00'.repeat(0x38)}`, offset: 0xa0 },
    ],
    extended: [
      { id: 0x01, body: '00'.repeat(0x44), version: 2, offset: 0x100 },
      { id: 0x0e, body: '00000000', offset: 0x150 },
      { id: 0x0f, body: '20000080', offset: 0x160 },
      { id: 0x1b, body: '04140000', offset: 0x170 },
      { id: 0x03, body: '8877665544332211', offset: 0x180 },
    ],
    ...parts,
  });

function failure(config: ConfigSpace, choices: Choices = {}): string {
  const realized = realize(optionsFor(config, choices));
  return realized.outcome === 'failed' ? `${realized.error.code}: ${realized.error.message}` : 'realized';
}

test('realize runs both stages over host bytes, each over what the one below left', () => {
  const view = viewOf(nic());
  assert.equal(formatChains(vfioBytes(view)), '01@40 05@50 10@a0 | 0001@100 000e@150 000f@160 0003@180');
  assert.equal(formatChains(guestBytes(view)), '01@40 05@50 10@a0 | 0001@100 000f@160 0003@180');
  assert.deepEqual(
    view.capabilities.filter(({ status }) => status === 'hidden').map(({ id, stage, reason }) => [id, stage, reason?.code]),
    [
      [0x0d, 'kernel', 'kernel.capability-unlinked'],
      [0x0e, 'vmm', 'ari.hidden'],
      [0x1b, 'kernel', 'kernel.capability-unlinked'],
    ],
  );
});

test("realize over vfio bytes runs the VMM's stage alone", () => {
  const view = viewOf(nic(), { bytes: 'vfio' });
  assert.ok(view.patches.every(({ stage }) => stage === 'vmm'));
  assert.equal(formatChains(guestBytes(view)), '01@40 05@50 0d@70 10@a0 | 0001@100 000f@160 001b@170 0003@180');
});

test('realize gives every byte that the guest reads otherwise, under qemu-11.1', () => {
  assert.deepEqual(formatChanges(viewOf(nic(), { profile: PROFILES['qemu-11.1'] })), [
    '004: 0604 > 0000',
    '013: f040 > 0000',
    '043: f8 > 00',
    '045: 81 > 00',
    '051: 7087 > a086',
    '054: 11111111111111111111 > 00000000000000000000',
    '060: 1111111111111111 > 0000000000000000',
    '103: 15 > 16',
    '163: 17 > 18',
  ]);
});

test('realize leaves its input alone and refers to it', () => {
  const config = nic();
  const before = config.bytes.slice();
  const view = viewOf(config);
  guestBytes(view);
  assert.equal(view.input, config);
  assert.deepEqual(config.bytes, before);
});

test('realize gives one view after another without a trace of the first', () => {
  const first = guestBytes(viewOf(nic())).bytes;
  realize(optionsFor(new ConfigSpace(new Uint8Array(0x1000).fill(0xee)), { bytes: 'vfio' }));
  assert.deepEqual(guestBytes(viewOf(nic())).bytes, first);
});

test("realize tells the first failure: kernel before VMM, arrays before the list, the list's tail before its head, then the pin", () => {
  const pin = { interruptPin: 9 };
  const arrays = { id: 0x11, body: '00000600000000000000', offset: 0x40 };
  const port = { id: 0x10, body: '4200', offset: 0x60 };
  const second = { id: 0x10, body: '5200', offset: 0x80 };
  const header = { override: [{ at: 0x0e, bytes: '01' }] };
  const all = { ...pin, ...header, standard: [arrays, port, second] };
  const words = (parts: Partial<ConfigSpaceParts>) => failure(buildConfigSpace({ ...base, ...parts })).split(':')[0];
  assert.equal(words(all), 'kernel.header-type-refused');
  assert.equal(words({ ...all, override: [] }), 'msix.bir-invalid');
  assert.match(failure(buildConfigSpace({ ...base, ...pin, standard: [port, second] })), /0x10\[0x80\]@0x80: assignment of PCIe type 0x5/);
  assert.match(failure(buildConfigSpace({ ...base, ...pin, standard: [second, port] })), /0x10\[0x20\]@0x60: assignment of PCIe type 0x4/);
  assert.equal(words({ ...pin, standard: [] }), 'header.interrupt-pin-invalid');
  assert.equal(words({}), 'realized');
});

test('realize on a conventional bus gives 256 bytes', () => {
  for (const placement of ['conventional-bridge', 'conventional'] as const) {
    const view = viewOf(nic(), { placement });
    assert.deepEqual([view.size, guestBytes(view).bytes.length], [0x100, 0x100]);
    assert.equal(vfioBytes(view).bytes.length, 0x1000);
  }
});

test('realize of bytes that end early gives a view as short', () => {
  for (const size of [0, 1, 16, 64, 0x40, 0x100, 0x101, 0x1000]) {
    const config = new ConfigSpace(nic().bytes.slice(0, size));
    for (const profile of Object.values(PROFILES)) {
      const view = viewOf(config, { profile });
      assert.deepEqual([view.size, guestBytes(view).bytes.length], [size, size]);
    }
  }
});

test('guestBytes knows a byte that a patch covers whole, and none else that the input does not', () => {
  const bytes = nic().bytes.slice(0, 0x100);
  const known = new Uint8Array(0x100).fill(1, 0, 0x40);
  const guest = guestBytes(viewOf(new ConfigSpace(bytes, known), { bytes: 'vfio' }));
  const unknown = Array.from({ length: 0x40 }, (_, at) => at).filter(at => !guest.isKnown(at));
  assert.deepEqual(unknown, [0x06, 0x34], 'where the list leads rests on what it has');
  assert.equal(guest.isKnown(0x40), false);
  known.fill(1);
  known.fill(0, 0x18, 0x20);
  const bars = guestBytes(viewOf(new ConfigSpace(bytes, known), { bytes: 'vfio', barSizes: [0, 0, 0, 0, 0, 0] }));
  assert.equal(bars.isKnown(0x10, 0x10), true, "base addresses are the VMM's");
});

test("realize under airlock keeps the registers of a PASID that stands where the device's own was", () => {
  const config = nic({
    extended: [
      { id: 0x01, body: '00'.repeat(0x44) },
      { id: 0x1b, body: '06140000', offset: 0xff8 },
    ],
  });
  const guest = guestBytes(viewOf(config, { viommuPasid: true, hostIommu: hostIommu('supported', 20) }));
  assert.equal(formatHexBytes(guest.bytes.subarray(0xff8)), '1b00010006140000');
});

test('applyPatch changes the bits of the mask, repeats it every four bytes, and drops what is beyond the end', () => {
  const patch = { kind: 'fixed', stage: 'vmm', reason: REASONS['hidden.blanked'] } as const;
  const bytes = new Uint8Array(10).fill(0xff);
  assert.equal(applyPatch(bytes, { ...patch, at: 1, length: 2, mask: 0x0ff0, value: 0x1234 }), true);
  assert.deepEqual([...bytes], [0xff, 0x3f, 0xf2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  assert.equal(applyPatch(bytes, { ...patch, at: 1, length: 2, mask: 0x0ff0, value: 0x1234 }), false);
  assert.equal(applyPatch(bytes, { ...patch, at: 3, length: 12, mask: 0xffff0000, value: 0x80008000 }), true);
  assert.deepEqual([...bytes], [0xff, 0x3f, 0xf2, 0xff, 0xff, 0x00, 0x80, 0xff, 0xff, 0x00]);
  assert.equal(applyPatch(bytes, { ...patch, at: 10, length: 4, mask: 0xffffffff, value: 0 }), false);
});

test('PROFILES name each rule once, by its stage, and a summary without a full stop', () => {
  for (const { rules } of Object.values(PROFILES)) {
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
    for (const { name, stage, summary } of rules) {
      assert.ok(name.startsWith(`${stage}.`), name);
      assert.match(summary, /^\S.*[^.]$/, name);
    }
  }
});
