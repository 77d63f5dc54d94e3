import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigSpace } from '../pci/config-space.ts';
import { formatConfigText, parseConfigText } from './index.ts';

test('parseConfigText keeps bytes that are not known apart from zeros', () => {
  const config = parseConfigText('86??00??');
  assert.deepEqual([...config.bytes], [0x86, 0, 0, 0]);
  assert.deepEqual(
    [0, 1, 2, 3].map(at => config.isKnown(at)),
    [true, false, true, false],
  );
  assert.equal(config.read(0, 2), undefined);
  assert.equal(formatConfigText(config), '86??00??');
});

test('parseConfigText of an empty text is a space of which nothing is known', () => {
  assert.equal(parseConfigText('').bytes.length, 0);
  assert.equal(formatConfigText(parseConfigText('')), '');
});

test('parseConfigText takes back what formatConfigText wrote, for any bytes and any knowledge of them', () => {
  const byte = fc.record({ value: fc.integer({ min: 0, max: 255 }), isKnown: fc.boolean() });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), cells => {
      const bytes = Uint8Array.from(cells, ({ value, isKnown }) => (isKnown ? value : 0));
      const known = Uint8Array.from(cells, ({ isKnown }) => (isKnown ? 1 : 0));
      const text = formatConfigText(new ConfigSpace(bytes, known));
      const back = parseConfigText(text);
      assert.deepEqual(back.bytes, bytes);
      for (let at = 0; at < bytes.length; at++) assert.equal(back.isKnown(at), known[at] === 1);
      assert.equal(text.length, 2 * bytes.length);
    }),
    { numRuns: 200 },
  );
});
