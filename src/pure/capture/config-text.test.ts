import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigSpace } from '../pci/config-space.ts';
import { wrongKnownBits } from './config-text.ts';
import { formatConfigText, formatKnownBits, type KnownBits, parseConfigText } from './index.ts';

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

/** A byte of which all, some or no bits are known. */
const byte = fc.record({ value: fc.integer({ min: 0, max: 255 }), mask: fc.constantFrom(0xff, 0xff, 0, 0x0f, 0x81, 0xfe, 1) });

test('parseConfigText takes back what formatConfigText and formatKnownBits wrote, for any bytes and any knowledge of their bits', () => {
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), cells => {
      const bytes = Uint8Array.from(cells, ({ value, mask }) => (mask === 0xff ? value : 0));
      const known = Uint8Array.from(cells, ({ mask }) => (mask === 0xff ? 1 : 0));
      const partial = {
        mask: Uint8Array.from(cells, ({ mask }) => (mask === 0xff ? 0 : mask)),
        value: Uint8Array.from(cells, ({ value, mask }) => (mask === 0xff ? 0 : value & mask)),
      };
      const config = new ConfigSpace(bytes, known, partial);
      const [text, runs] = [formatConfigText(config), formatKnownBits(config)];
      assert.equal(wrongKnownBits(text, runs), null);
      const back = parseConfigText(text, runs);
      assert.deepEqual(back.bytes, bytes);
      for (const [at, { value, mask }] of cells.entries()) {
        assert.deepEqual([back.isKnown(at), back.knownBits(at), back.readKnownBits(at)], [mask === 0xff, mask, value & mask], `at ${at}`);
      }
      assert.equal(text.length, 2 * bytes.length);
      // Whoever reads the text alone knows less, and nothing wrong.
      const plain = parseConfigText(text);
      for (const [at, { value, mask }] of cells.entries()) assert.equal(plain.read(at, 1), mask === 0xff ? value : undefined);
    }),
    { numRuns: 200 },
  );
});

test('formatKnownBits writes runs of neighbours, and nothing of a space without them', () => {
  assert.deepEqual(formatKnownBits(parseConfigText('86??')), []);
  const runs = [
    { at: '0x1', mask: '0f80', value: '0480' },
    { at: '0x4', mask: '01', value: '00' },
  ];
  assert.deepEqual(formatKnownBits(parseConfigText('86????00????', runs)), runs);
});

const RUN = { at: '0x1', mask: '0f', value: '04' };

const WRONG: readonly (readonly [what: string, runs: readonly KnownBits[], index: number, words: RegExp])[] = [
  ['of two lengths', [{ ...RUN, value: '0400' }], 0, /^wanted as many digits in value as in mask, 2, not 4$/],
  ['beyond the end', [{ ...RUN, at: '0x3', mask: '0f0f', value: '0000' }], 0, /^it goes beyond the 4 bytes/],
  ['far beyond the end', [{ ...RUN, at: '0xffffffffffffffff' }], 0, /^it goes beyond the 4 bytes/],
  ['of a byte that is known whole', [{ ...RUN, at: '0x0' }], 0, /^it tells of a byte that is known whole/],
  ['with a bit outside of its mask', [{ ...RUN, value: '14' }], 0, /^value has a bit that mask does not have$/],
  ['of the same byte twice', [RUN, RUN], 1, /^wanted an offset of at least 0x2, behind the run before, not 0x1$/],
];

for (const [what, runs, index, words] of WRONG) {
  test(`wrongKnownBits finds a run ${what}`, () => {
    const wrong = wrongKnownBits('86??????', runs);
    assert.equal(wrong?.index, index);
    assert.match(wrong?.words ?? '', words);
  });
}
