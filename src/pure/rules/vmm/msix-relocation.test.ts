import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf, viewOf } from '../../../../test/fixtures/realize-with.ts';
import { guestBarSizes } from '../../guest-view/guest-bar-sizes.ts';
import { guestBytes } from '../../guest-view/guest-view.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { PROFILES } from '../../profiles/index.ts';
import { baseAddresses } from './header.ts';
import { msix } from './interrupts.ts';
import { msixRelocation } from './msix-relocation.ts';

interface Shape {
  readonly bars: readonly number[];
  readonly sizes: readonly number[];
  readonly control?: string;
  readonly hasMsix?: boolean;
  /** The BAR that the device's own registers name. */
  readonly home?: string;
}

function config({ bars, control = '0300', hasMsix = true, home = '00' }: Shape) {
  const standard = hasMsix ? [{ id: 0x11, body: `${control}${home}000000${home}200000`, offset: 0x40 }] : [];
  return buildConfigSpace({ vendorId: 0x1af5, deviceId: 0x0001, classCode: 0xff0000, bars, standard });
}

const WIDE: Shape = { bars: [0x0c, 0, 0x00], sizes: [0x4000, 0, 0x1000, 0, 0, 0] };
const NARROW: Shape = { bars: [0, 0, 0], sizes: [0x4000, 0, 0x1000, 0, 0x2000, 0x1000] };
const LONG: Shape = { bars: [0, 0], sizes: [0x10000, 0x1000, 0, 0, 0, 0], control: 'ff07' };
const SMALL: Shape = { bars: [0, 1, 0x04, 0, 0x0c], sizes: [0x100, 0x10, 0x4000, 0, 0x100000, 0], home: '02' };

const effect = (shape: Shape, value: string, sizes: readonly number[] | null = shape.sizes) =>
  effectOf([baseAddresses, msixRelocation, msix], config(shape), { settings: { msixRelocation: value }, barSizes: sizes });

/** Table and PBA as they read, and the size of the BAR that they are in: each of them QEMU 10.0's and 11.1's. */
const MOVES: readonly (readonly [shape: Shape, bar: number, table: string, pending: string, size: number, type?: number])[] = [
  [WIDE, 0, '00400000', '40400000', 0x8000],
  [WIDE, 2, '02100000', '42100000', 0x2000],
  [WIDE, 3, '03000000', '43000000', 0x1000, 0x0c],
  [WIDE, 5, '05000000', '45000000', 0x1000, 0x08],
  [NARROW, 1, '01000000', '41000000', 0x1000, 0x08],
  [NARROW, 4, '04200000', '44200000', 0x4000],
  [LONG, 0, '00000100', '00800100', 0x20000],
  [LONG, 1, '01000100', '01800100', 0x20000],
  [LONG, 2, '02000000', '02800000', 0x10000, 0x0c],
  [SMALL, 0, '00100000', '40100000', 0x2000],
  [SMALL, 4, '04001000', '44001000', 0x200000],
];

for (const [shape, bar, table, pending, size, type] of MOVES) {
  test(`vmm.msix-relocation to bar${bar} of ${shape.sizes.join(', ')}: ${table}, ${pending} in ${size} bytes`, () => {
    const view = viewOf(config(shape), {
      profile: PROFILES['qemu-11.1'],
      settings: { msixRelocation: `bar${bar}` },
      barSizes: shape.sizes,
    });
    const made = effect(shape, `bar${bar}`);
    if (typeof made === 'string') assert.fail(made);
    assert.ok(made.changes.some(line => line.startsWith('04') && line.includes('>')));
    const bytes = Buffer.from(view.input.bytes);
    for (const { at, length, value, reason } of view.patches) if (reason.code.startsWith('msix.')) bytes.writeUIntLE(value, at, length);
    assert.deepEqual([bytes.toString('hex', 0x44, 0x48), bytes.toString('hex', 0x48, 0x4c)], [table, pending]);
    assert.equal(guestBarSizes(view, shape.sizes)?.[bar], size);
    assert.equal(view.patches.find(({ reason }) => reason.code === 'msix.own-bar')?.value, type);
  });
}

test('vmm.msix-relocation refuses what QEMU refuses, in its words, also where sizes are not known', () => {
  for (const sizes of [SMALL.sizes, null]) {
    assert.equal(effect(SMALL, 'bar1', sizes), 'msix.relocation-refused: Invalid MSI-X relocation BAR 1, I/O port BAR');
    assert.equal(effect(SMALL, 'bar3', sizes), 'msix.relocation-refused: Invalid MSI-X relocation BAR 3, consumed by 64-bit BAR 2');
    assert.equal(effect(SMALL, 'auto', sizes), 'msix.relocation-refused: No automatic MSI-X relocation available for device 1af5:0001');
  }
});

test('vmm.msix-relocation leaves a device without MSI-X as it is, and says so of sizes that are not known', () => {
  const none = { ...WIDE, hasMsix: false };
  for (const value of ['auto', 'bar0', 'bar1']) assert.deepEqual(effect(none, value), effect(none, 'off'));
  const unsized = effect(WIDE, 'bar2', null);
  if (typeof unsized === 'string') assert.fail(unsized);
  assert.deepEqual(unsized.messages, [
    'warning msix.relocation-unknown (airlock): MSI-X at 0x40 moves to BAR 2, whose size is not known: where in it the table and the pending bits stand is not known',
  ]);
});

/** A small BAR as a virtio-net-pci has: what QEMU 11.1.3 was seen to make of it on an Arm host whose kernel has pages of 16 KiB. */
const NET: Shape = { bars: [0, 0, 0, 0, 0x0c], sizes: [0, 0x1000, 0, 0, 0x4000, 0], control: '0300', home: '04' };

test('vmm.msix-relocation moves the arrays behind a page of the host, and does not guess how large that is', () => {
  const moved = (pageSize: number | null) => {
    const view = viewOf(config(NET), { settings: { msixRelocation: 'bar1' }, barSizes: NET.sizes, pageSize });
    return { bytes: guestBytes(view), size: guestBarSizes(view, NET.sizes)?.[1], told: view.messages.map(({ message }) => message) };
  };
  for (const [page, table, pending, size] of [
    [4096, 0x1001, 0x1041, 0x2000],
    [16384, 0x4001, 0x4041, 0x8000],
    [65536, 0x10001, 0x10041, 0x20000],
  ]) {
    const { bytes, size: made } = moved(page);
    assert.deepEqual([bytes.read(0x44, 4), bytes.read(0x48, 4), made], [table, pending, size]);
  }
  const { bytes, told } = moved(null);
  assert.deepEqual([bytes.isKnown(0x44, 4), bytes.isKnown(0x48, 4)], [false, false]);
  assert.match(told.join(), /moves to BAR 1, in pages of the host, whose size is not known: where/);
});
