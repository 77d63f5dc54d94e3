import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '../../../test/fixtures/realize-with.ts';
import { possibleArraysBar } from '../guest-view/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { describeBars } from './bars.ts';
import { withMovedArrays, withPossibleArrays } from './moved-arrays.ts';

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
  const { movedArrays: moved } = viewOf(config, { settings: { msixRelocation }, barSizes: SIZES });
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

/** Regions where only the first `length` bytes are known: `INDEX STATE SIZE`. */
function shownOfPart(msixRelocation: string, length: number): string[] {
  const part = new ConfigSpace(config.bytes.slice(0, length));
  const view = viewOf(part, { settings: { msixRelocation }, barSizes: SIZES });
  const bar = possibleArraysBar(view, { msixRelocation });
  const bars = describeBars({ config: part, virtualFunction: null, regions });
  return (bar === null ? bars : withPossibleArrays(bars, bar)).map(({ index, state, size }) => `${index} ${state} ${size}`);
}

test('withPossibleArrays leaves open the BAR that a property names, where MSI-X stands in bytes that are not known', () => {
  for (const length of [0x40, 0x42]) {
    assert.deepEqual(shownOfPart('bar5', length), ['0 present 16384', '2 present 4096', '5 unknown null']);
    assert.deepEqual(shownOfPart('bar2', length), ['0 present 16384', '2 present null']);
    assert.deepEqual(shownOfPart('off', length), ['0 present 16384', '2 present 4096']);
  }
  assert.equal(
    possibleArraysBar(viewOf(config, { settings: { msixRelocation: 'bar5' }, barSizes: SIZES }), {
      msixRelocation: 'bar5',
    }),
    null,
  );
});
