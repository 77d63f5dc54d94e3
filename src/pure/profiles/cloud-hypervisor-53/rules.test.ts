/** The rules of Cloud Hypervisor 53 that no recorded device meets, bytes in and bytes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '../../../../test/fixtures/realize-with.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { guestMasks } from '../../guest-view/masks.ts';
import { buildConfigSpace, type CapabilityPart } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import { cloudHypervisor53 as profile } from './index.ts';

const pm: CapabilityPart = { id: 0x01, offset: 0x40, body: '030000000000' };
const express: CapabilityPart = { id: 0x10, offset: 0x70, body: `0200${'00'.repeat(56)}` };
const rebar: CapabilityPart = { id: 0x15, offset: 0x100, body: '0000f03f21180000' };
const dsn: CapabilityPart = { id: 0x03, offset: 0x120, body: '0011223344556677' };
const msix = (body: string): CapabilityPart => ({ id: 0x11, offset: 0xb0, body });

const NETWORK = { vendorId: 0x1234, deviceId: 0x0001, classCode: 0x020000 };

const dword = (bytes: Uint8Array, at: number) => Buffer.from(bytes).readUInt32LE(at);

function read(
  standard: readonly CapabilityPart[],
  choices: Parameters<typeof viewOf>[1] = {},
  override: readonly { at: number; bytes: string }[] = [],
) {
  const config = buildConfigSpace({ ...NETWORK, bars: [0xc, 0, 0], standard, extended: [rebar, dsn], override });
  const view = viewOf(config, { profile, placement: 'root-complex', ...choices });
  return { view, bytes: guestBytes(view).bytes };
}

test('nullHeaders leave the place and the next pointer of Resizable BAR, and nothing of its ID', () => {
  assert.equal(dword(read([pm, express]).bytes, 0x100), 0x12010000);
});

test('nullHeaders leave all as it is where the function has no Power Management', () => {
  const { view, bytes } = read([express]);
  assert.equal(dword(bytes, 0x100), 0x12010015);
  assert.equal(view.capabilities.find(({ id }) => id === 0x15)?.status, 'shown');
});

test('nullHeaders leave open what they do where bytes of the standard list are not known', () => {
  const whole = buildConfigSpace({ ...NETWORK, standard: [pm, express], extended: [rebar, dsn] });
  const known = new Uint8Array(4096).fill(1).fill(0, 0x40, 0x42);
  const view = viewOf(new ConfigSpace(whole.bytes, known), { profile, bytes: 'vfio', placement: 'root-complex' });
  assert.equal(view.capabilities.find(({ id }) => id === 0x15)?.status, 'unknown');
});

test('singleFunction clears the multi-function bit', () => {
  assert.equal(read([pm], {}, [{ at: 0x0e, bytes: '80' }]).bytes[0x0e], 0);
});

test('msixIntoPages doubles a 64-bit BAR whose table begins inside of a page', () => {
  // Four vectors: the table at 800h, pending bits at C00h.
  const { view, bytes } = read([pm, msix('030000080000000c0000')], { barSizes: [0x4000, 0, 0, 0, 0, 0] });
  assert.equal(dword(bytes, 0xb4), 0x4000);
  assert.equal(dword(bytes, 0xb8), 0x4400);
  assert.equal(view.movedArrays?.size, 0x8000);
});

test('msixIntoPages leave a table at the start of a page, and one in a 32-bit BAR', () => {
  const sizes = [0x4000, 0, 0x4000, 0, 0, 0];
  assert.equal(read([pm, msix('03000020000000300000')], { barSizes: sizes }).view.movedArrays, null);
  assert.equal(read([pm, msix('030002080000020c0000')], { barSizes: sizes }).view.movedArrays, null);
});

test('msixIntoPages count in the pages of the host, and leave the arrays open where those are not known', () => {
  const doubled = (pageSize: number | null) =>
    read([pm, msix('03000020000000300000')], { barSizes: [0x4000, 0, 0x4000, 0, 0, 0], pageSize });
  assert.equal(doubled(4096).view.movedArrays, null);
  assert.equal(doubled(65536).view.movedArrays?.size, 0x20000);
  const unknown = doubled(null).view;
  assert.deepEqual([unknown.movedArrays, guestBytes(unknown).isKnown(0xb4)], [null, false]);
});

test('msixIntoPages leave open where the arrays stand in a BAR whose size is not known', () => {
  const guest = guestBytes(read([pm, msix('030000080000000c0000')], { barSizes: null }).view);
  assert.equal(guest.isKnown(0xb4), false);
  assert.equal(guest.isKnown(0xb2), true);
});

test('cliqueAnywhere ends the list with a capability at D4h, over whatever stands there', () => {
  const { view, bytes } = read([pm, { id: 0x05, offset: 0xd0, body: '8000112233445566778899aa' }], { settings: { clique: 3 } });
  assert.equal(bytes[0xd1], 0xd4);
  assert.equal(dword(bytes, 0xd4), 0x50080009);
  assert.equal(dword(bytes, 0xd8), 0x00185032);
  assert.equal(view.capabilities.find(({ offset }) => offset === 0xd4)?.status, 'synthesised');
});

test('cliqueAnywhere hides the capability whose header it writes over, and those behind it', () => {
  const vendor: CapabilityPart = { id: 0x09, offset: 0xd4, body: '0a11223344556677' };
  const { view, bytes } = read([pm, vendor, { id: 0x05, offset: 0xe4, body: '800011223344' }], { settings: { clique: 0 } });
  assert.equal(dword(bytes, 0xd4), 0x50080009);
  assert.deepEqual(
    view.capabilities.filter(({ reason }) => reason?.code === 'nvidia.clique-over').map(({ offset }) => offset),
    [0xd4, 0xe4],
  );
});

test('cliqueAnywhere adds nothing to a function without a list', () => {
  const view = viewOf(buildConfigSpace(NETWORK), { profile, placement: 'root-complex', settings: { clique: 3 } });
  assert.equal(dword(guestBytes(view).bytes, 0xd4), 0);
});

test('cliqueAnywhere behind no capability changes the Vendor ID, and says so', () => {
  const { view, bytes } = read([], { settings: { clique: 3 } }, [{ at: 0x06, bytes: '10' }]);
  assert.equal(dword(bytes, 0x00), 0x0001d434);
  assert.equal(dword(bytes, 0xd4), 0x50080009);
  assert.ok(view.messages.some(({ code }) => code === 'clique.identity'));
});

test('cliqueAnywhere leaves open what it does to a list that leads into the header', () => {
  const { view } = read([], { settings: { clique: 3 } }, [
    { at: 0x06, bytes: '10' },
    { at: 0x34, bytes: '3c' },
  ]);
  assert.equal(guestBytes(view).isKnown(0xd4), false);
});

test('endlessList tells of lists that lead back into themselves, and of no other', () => {
  const isTold = (...spaces: Parameters<typeof read>) => read(...spaces).view.messages.some(({ code }) => code === 'list.endless');
  assert.equal(isTold([pm, express]), false);
  assert.equal(isTold([pm, express], {}, [{ at: 0x71, bytes: '40' }]), true);
  assert.equal(isTold([pm, express], {}, [{ at: 0x71, bytes: '70' }]), false);
  assert.equal(isTold([pm, express], {}, [{ at: 0x123, bytes: '10' }]), true);
  assert.equal(isTold([express], {}, [{ at: 0x123, bytes: '10' }]), false);
});

test('guestMasks of cloud-hypervisor-53 let MSI-X Enable change and nothing else of Message Control', () => {
  const { view } = read([pm, msix('03000020000000300000')], { barSizes: [0x4000, 0, 0, 0, 0, 0] });
  const { write, compare } = guestMasks(view, [0x4000, 0, 0, 0, 0, 0, 0x1000]);
  assert.equal(write[0xb3], 0x80);
  assert.equal(write[0x30], 0);
  assert.ok(compare.every(byte => byte === 0));
});
