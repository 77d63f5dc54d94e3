/** Rows of a view that tell which bytes are not known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUnknown } from './view-text.ts';

test('formatUnknown pads both offsets of a range alike', () => {
  const rows = [
    { from: 0, to: 3, text: 'x' },
    { from: 5, to: 5, text: 'x' },
    { from: 0x100, to: 0xfff, text: 'x' },
  ];
  assert.deepEqual(
    formatUnknown(rows).map(line => line.trim().split('  ')[0]),
    ['? [00-03]', '? [05]', '? [100…]'],
  );
});
