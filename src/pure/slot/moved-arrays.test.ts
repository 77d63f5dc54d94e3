import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '../../../test/fixtures/realize-with.ts';
import { movedArrays } from '../guest-view/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { describeBars } from './bars.ts';
import { withMovedArrays } from './moved-arrays.ts';

const SIZES = [0x4000, 0, 0x1000, 0, 0, 0];
const config = buildConfigSpace({
  ...{ vendorId: 0x1af5, deviceId: 1, classCode: 0x020000, bars: [0xc, 0x8, 0xfc700000] },
  standard: [{ id: 0x11, offset: 0x40, body: '03000000000000200000' }],
});
const regions = {
  ...{ source: 'host' as const, isComplete: true },
  regions: SIZES.flatMap((size, index) => (size === 0 ? [] : [{ index, kind: null, width: null, prefetchable: null, size: BigInt(size) }])),
};

function shown(msixRelocation: string): string[] {
  const moved = movedArrays(viewOf(config, { settings: { msixRelocation }, barSizes: SIZES }));
  const bars = describeBars({ config, virtualFunction: null, regions });
  const guest = moved === null ? bars : withMovedArrays(bars, moved);
  return guest.map(({ index, width, prefetchable, size, sizeFrom }) => `${index} ${width} ${prefetchable} ${size} ${sizeFrom}`);
}

test("withMovedArrays makes the BAR with MSI-X's arrays larger, or adds one that the device does not have", () => {
  assert.deepEqual(shown('off'), ['0 64 true 16384 host', '2 32 false 4096 host']);
  assert.deepEqual(shown('bar0'), ['0 64 true 32768 x-msix-relocation', '2 32 false 4096 host']);
  assert.deepEqual(shown('bar2'), ['0 64 true 16384 host', '2 32 false 8192 x-msix-relocation']);
  assert.deepEqual(shown('bar3').at(-1), '3 64 true 4096 x-msix-relocation');
  assert.deepEqual(shown('bar5').at(-1), '5 32 true 4096 x-msix-relocation');
});
