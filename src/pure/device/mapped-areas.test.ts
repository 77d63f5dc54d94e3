/** Holes in mapped areas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areasWithout, withoutPages } from './mapped-areas.ts';

const area = (offset: number, size: number) => ({ offset, size });

test('areasWithout takes whole pages out of every area', () => {
  const cases = [
    [area(0x1800, 0x10), [area(0, 0x1000), area(0x2000, 0x2000)]],
    [area(0x1ff8, 0x10), [area(0, 0x1000), area(0x3000, 0x1000)]],
    [area(0, 0x10), [area(0x1000, 0x3000)]],
    [area(0x3ff0, 0x10), [area(0, 0x3000)]],
    [area(0, 0x4000), []],
    [area(0x8000, 0x10), [area(0, 0x4000)]],
  ] as const;
  for (const [hole, wanted] of cases) assert.deepEqual(areasWithout([area(0, 0x4000)], hole, 0x1000), wanted);
});

test("areasWithout takes the host's pages, whatever their size", () => {
  const cases = [
    [area(0x1800, 0x10), [area(0x1_0000, 0x3_0000)]],
    [area(0x1_fff8, 0x10), [area(0, 0x1_0000), area(0x3_0000, 0x1_0000)]],
    [area(0x3_0000, 0x1_0000), [area(0, 0x3_0000)]],
  ] as const;
  for (const [hole, wanted] of cases) assert.deepEqual(areasWithout([area(0, 0x4_0000)], hole, 0x1_0000), wanted);
});

test('withoutPages leaves no mapping where no area is left', () => {
  const handle = { close() {} };
  const region = { size: 0x1000, isReadable: true, isWritable: true, mapping: { handle, offset: 0, areas: [area(0, 0x1000)] } };
  assert.equal(withoutPages(region, area(0, 0x10), 0x1000).mapping, null);
  assert.equal(withoutPages({ ...region, mapping: null }, area(0, 0x10), 0x1000).mapping, null);
});
