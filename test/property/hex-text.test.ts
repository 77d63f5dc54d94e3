/** Hex dumps that are spoilt or hostile: what is still known is what stood there, and reading them ends in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hexDigits } from '../../src/pure/bytes/hex.ts';
import {
  AmbiguousInputError,
  detectFormat,
  formatLatin1,
  InputSyntaxError,
  parseHexText,
  READING_NAMES,
} from '../../src/pure/inputs/index.ts';

const BYTES = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + 11) & 0xff);
BYTES.set([0xb3, 0x15, 0x19, 0x10, 0x46, 0x05, 0x10, 0x00, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00]);
BYTES.set([0x40, 0, 0, 0], 0x34);

const rows = Array.from({ length: 16 }, (_, i) => {
  const pairs = Array.from(BYTES.subarray(16 * i, 16 * i + 16), byte => hexDigits(byte, 2));
  const swapped = Array.from({ length: 8 }, (_none, w) => `${pairs[2 * w + 1]}${pairs[2 * w]}`);
  return { offset: 16 * i, pairs, swapped };
});

const FORMS: Readonly<Record<string, string>> = {
  'hexdump -C': rows.map(({ offset, pairs }) => `${hexDigits(offset, 8)}  ${pairs.join(' ')}  |................|`).join('\n'),
  hexdump: rows.map(({ offset, swapped }) => `${hexDigits(offset, 7)} ${swapped.join(' ')}`).join('\n'),
  'od -t x1': rows.map(({ offset, pairs }) => `${offset.toString(8).padStart(7, '0')} ${pairs.join(' ')}`).join('\n'),
  xxd: rows.map(({ offset, pairs }) => `${hexDigits(offset, 8)}: ${pairs.join(' ')}`).join('\n'),
  'pci -i': [
    'PCI Segment 00 Bus 02 Device 00 Func 00',
    ...rows.map(({ offset, pairs }) => `${hexDigits(offset, 8)}: ${pairs.join(' ')}`),
  ].join('\n'),
};

/** Changes that take no digit away and make none. */
const added = fc.constantFrom(' ', '\t', '> ', '\u00a0', '|', '\n', 'zz', ':', '[', '-', '*', '\n*\n');

/** The errors that a text may cause. */
function isOfText(error: unknown): boolean {
  return error instanceof InputSyntaxError || error instanceof AmbiguousInputError;
}

for (const [name, dump] of Object.entries(FORMS)) {
  test(`bytes of a spoilt text of ${name} that are known are those that stood there`, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: dump.length }), added), { maxLength: 5 }), changes => {
        let text = dump;
        // Marks only: a line that is cut in two at a place that makes other rows of it says something else.
        for (const [at, mark] of changes) if (!/^\s|\n/.test(mark) || text[at] === ' ') text = text.slice(0, at) + mark + text.slice(at);
        try {
          const { devices } = parseHexText(text).result;
          for (const { config } of devices)
            for (const [at, byte] of config.bytes.entries())
              if (config.isKnown(at)) assert.equal(byte, BYTES[at], `byte ${at} of:\n${text}`);
        } catch (error) {
          assert.ok(isOfText(error), String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
}

test('parseHexText and detectFormat take any text, in any form, within bounds', { timeout: 120_000 }, () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...Object.values(FORMS).map(text => text.slice(0, 200)),
      '*\n',
      '0000100\n',
      '{',
      '0x',
      '\\x00',
      'PCI Segment 00 Bus 00',
      'Domain /dev/pci0:\n',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.stringMatching(/^[0-9a-f :x,*|\n-]{0,60}$/),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom(null, ...READING_NAMES), (pieces, wanted) => {
      const bytes = new TextEncoder().encode(pieces.join('\n'));
      detectFormat(bytes);
      try {
        for (const { config } of parseHexText(formatLatin1(bytes), wanted).result.devices) assert.ok(config.bytes.length <= 4096);
      } catch (error) {
        assert.ok(isOfText(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('text that repeats is read in time', { timeout: 30_000 }, () => {
  const parts = [
    '\n',
    ' ',
    '0',
    '00 ',
    '*\n',
    '> ',
    '0x',
    '0x00, ',
    '\\x00',
    '{ ',
    '{"[',
    '[ ',
    '/*',
    '0000000 0000 ',
    '00000000: 00 ',
    '00000000  00 00\n',
    '1:1:1: x\n',
  ];
  for (const part of parts) {
    const text = part.repeat(300_000 / part.length);
    detectFormat(new TextEncoder().encode(text));
    try {
      parseHexText(text);
    } catch (error) {
      assert.ok(isOfText(error), String(error));
    }
  }
});
