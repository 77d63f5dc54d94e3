import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes, hexDigits } from '../../bytes/hex.ts';
import { detectFormat } from '../detect-format.ts';
import { InputSyntaxError } from '../input-syntax-error.ts';
import { AmbiguousInputError, formatReading, parseHexText } from './index.ts';

/** A function with a capability list, so that the order of its bytes can be proved. */
const BYTES = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 0xff);
BYTES.set([0xb3, 0x15, 0x19, 0x10, 0x46, 0x05, 0x10, 0x00, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00]);
BYTES.set([0x40, 0, 0, 0], 0x34);
/** One whose bytes fit in either order. */
const PLAIN = new Uint8Array(64);
PLAIN.set([0xb3, 0x15, 0x19, 0x10]);

const pair = (byte: number): string => hexDigits(byte, 2);

/** `bytes` in rows of 16, each made by `row` of its offset and pairs. */
const rows = (bytes: Uint8Array, row: (offset: number, pairs: string[]) => string): string[] =>
  Array.from({ length: bytes.length / 16 }, (_, i) => row(16 * i, Array.from(bytes.subarray(16 * i, 16 * i + 16), pair)));

/** Groups of `size` bytes, as they lie or, `little`, as numbers. */
function groups(pairs: readonly string[], size: number, order: 'bytes' | 'little'): string[] {
  return Array.from({ length: pairs.length / size }, (_, i) => {
    const own = pairs.slice(i * size, i * size + size);
    return (order === 'little' ? own.reverse() : own).join('');
  });
}

const characters = (pairs: readonly string[]): string =>
  pairs
    .map(digits => Number.parseInt(digits, 16))
    .map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');

const canonical = (offset: number, pairs: string[]): string =>
  `${hexDigits(offset, 8)}  ${pairs.slice(0, 8).join(' ')}  ${pairs.slice(8).join(' ')}  |${characters(pairs)}|`;
const words = (offset: string, pairs: string[]): string => `${offset} ${groups(pairs, 2, 'little').join(' ')}`;
const xxd = (offset: number, pairs: string[]): string =>
  `${hexDigits(offset, 8)}: ${groups(pairs, 2, 'bytes').join(' ')}  ${characters(pairs)}`;
const dwords = (pairs: string[]): string[] => groups(pairs, 4, 'little');
const octal = (offset: number): string => offset.toString(8).padStart(7, '0');
const uefi = (offset: number, pairs: string[]): string =>
  `  ${hexDigits(offset, 8)}: ${pairs.slice(0, 8).join(' ')}-${pairs.slice(8).join(' ')}  *${characters(pairs)}*`.toUpperCase();
const list = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

const READ: readonly (readonly [name: string, text: string, bdf: string | null, words: string])[] = [
  ['hexdump -C', list([...rows(BYTES, canonical), '00000040']), null, 'read as hexdump -C'],
  ['hexdump -C below a prompt', list(['$ hexdump -C config', ...rows(BYTES, canonical)]), null, 'read as hexdump -C, 1 line left out'],
  [
    'hexdump -C below the path of the file',
    list(['# hexdump -C /sys/bus/pci/devices/0000:3b:00.0/config', ...rows(BYTES, canonical)]),
    '0000:3b:00.0',
    'read as hexdump -C',
  ],
  ['hexdump -C below an address', list(['3b:00.0 Ethernet controller', ...rows(BYTES, canonical)]), '0000:3b:00.0', 'read as hexdump -C'],
  [
    'hexdump -C whose characters were wrapped',
    list(rows(BYTES, canonical).map(row => row.replace(/ +\|/, '\n|'))),
    null,
    'read as hexdump -C, 4 lines left out',
  ],
  [
    'hexdump -C whose rows were wrapped',
    list(rows(BYTES, (offset, pairs) => `> ${hexDigits(offset, 8)}  ${pairs.slice(0, 12).join(' ')}\n> ${pairs.slice(12).join(' ')}`)),
    null,
    'read as hexdump -C',
  ],
  ['hexdump -C, quoted', list(rows(BYTES, canonical).map(row => `| > ${row}`)), null, 'read as hexdump -C'],
  [
    'hexdump -C in a patch',
    list(['@@ -0,0 +1,4 @@', ...rows(BYTES, canonical).map(row => `+${row}`)]),
    null,
    'read as hexdump -C, 1 line left out',
  ],
  ['hexdump', list(rows(BYTES, (offset, pairs) => words(hexDigits(offset, 7), pairs))), null, 'read as hexdump'],
  ['od -x', list(rows(BYTES, (offset, pairs) => words(octal(offset), pairs))), null, 'read as od'],
  ['od -A x -x', list(rows(BYTES, (offset, pairs) => words(hexDigits(offset, 6), pairs))), null, 'read as od -A x'],
  ['od -t x1', list(rows(BYTES, (offset, pairs) => `${octal(offset)} ${pairs.join(' ')}`)), null, 'read as od'],
  ['xxd', list(rows(BYTES, xxd)), null, 'read as xxd'],
  [
    'xxd -g1',
    list(rows(BYTES, (offset, pairs) => `${hexDigits(offset, 8)}: ${pairs.join(' ')}  ${characters(pairs)}`)),
    null,
    'read as xxd',
  ],
  [
    'xxd -p',
    list([Array.from(BYTES, pair).join('').slice(0, 60), Array.from(BYTES, pair).join('').slice(60)]),
    null,
    'read as xxd -p, digits without offsets',
  ],
  ['pairs alone', list(rows(BYTES, (_, pairs) => pairs.join(' '))), null, 'read as bytes without offsets'],
  [
    'rows of lspci alone',
    list(rows(BYTES, (offset, pairs) => `${hexDigits(offset, 2)}: ${pairs.join(' ')}`)),
    null,
    'read as rows of bytes without a device',
  ],
  [
    'pci -i of the UEFI shell',
    list(['  PCI Segment 00 Bus 3B Device 00 Func 01 [EFI 003B000100]', ...rows(BYTES, uefi)]),
    '0000:3b:00.1',
    'read as pci -i of the UEFI shell',
  ],
  [
    'pcidump -xxx',
    list([
      'Domain /dev/pci1:',
      ' 59:0:1: Mellanox',
      '\t0x0000: Vendor ID: 15b3, Product ID: 1019',
      ...rows(BYTES, (offset, pairs) => `\t0x${hexDigits(offset, 4)}: ${dwords(pairs).join(' ')}`),
    ]),
    '0001:3b:00.1',
    'read as pcidump of OpenBSD, 1 line left out',
  ],
  [
    'pciconf -r',
    list(['# pciconf -r pci0:59:0:1 0:0x3f', ...rows(BYTES, (_, pairs) => `${dwords(pairs).join(' ')} `)]),
    '0000:3b:00.1',
    'read as pciconf -r of FreeBSD',
  ],
  [
    'pciconf -r -b',
    list(['# pciconf -r -b mlx5_core0@pci0:59:0:1: 0:63', ...rows(BYTES, (_, pairs) => pairs.join(' '))]),
    '0000:3b:00.1',
    'read as pciconf -r of FreeBSD',
  ],
  [
    'RW-Everything',
    list([
      'Bus 3B, Device 00, Function 01 - Mellanox',
      '     00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F',
      ...rows(BYTES, (offset, pairs) => `${hexDigits(offset, 2)} | ${pairs.join(' ')}`.toUpperCase()),
    ]),
    '0000:3b:00.1',
    'read as RW-Everything',
  ],
  [
    'an array of C',
    list([
      'static const u8 config[64] = {',
      ...rows(BYTES, (offset, pairs) => `\t${pairs.map(digits => `0x${digits}`).join(', ')}, /* ${hexDigits(offset, 2)} */`),
      '};',
    ]),
    null,
    'read as an array of a programming language, 1 line left out',
  ],
  [
    'a string of C',
    list(['char config[] =', ...rows(BYTES, (_, pairs) => `  "${pairs.map(digits => `\\x${digits}`).join('')}"`)]),
    null,
    'read as an array of a programming language, 1 line left out',
  ],
  [
    'a list of Python',
    list([`config = [${Array.from(BYTES, byte => `0x${byte.toString(16)}`).join(', ')}]`]),
    null,
    'read as an array of a programming language',
  ],
  [
    'an array of 32-bit numbers',
    list([
      'uint32_t config[] = {',
      ...rows(BYTES, (_, pairs) =>
        dwords(pairs)
          .map(digits => `0x${digits},`)
          .join(' '),
      ),
      '};',
    ]),
    null,
    'read as an array of a programming language, 1 line left out',
  ],
  [
    'a table of registers',
    list(
      rows(
        BYTES,
        (offset, pairs) =>
          `0x${hexDigits(offset, 2)}: ${dwords(pairs)
            .map(digits => `0x${digits}`)
            .join(' ')}`,
      ),
    ),
    null,
    'read as a table of 32-bit registers',
  ],
  [
    'one register a line',
    list(
      rows(BYTES, (offset, pairs) =>
        dwords(pairs)
          .map((digits, i) => `[${hexDigits(offset + 4 * i, 2)}h] = ${digits}h`)
          .join('\n'),
      ),
    ),
    null,
    'read as a table of 32-bit registers',
  ],
];

for (const [name, text, bdf, said] of READ) {
  test(`parseHexText reads ${name}`, () => {
    for (const line of ['\n', '\r\n']) {
      const choice = parseHexText(text.replaceAll('\n', line));
      const { devices, unread } = choice.result;
      assert.deepEqual(
        devices.map(device => [device.bdf?.text ?? null, formatHexBytes(device.config.bytes), device.config.isWhole, device.contradictory]),
        [[bdf, formatHexBytes(BYTES), true, null]],
      );
      assert.equal(unread, null);
      assert.equal(formatReading(choice).replace(/: read otherwise, .*/, ''), said);
    }
    assert.equal(detectFormat(new TextEncoder().encode(text)), 'hex-text');
  });
}

test('parseHexText says why words are read low byte first', () => {
  const choice = parseHexText(list(rows(BYTES, (offset, pairs) => words(hexDigits(offset, 7), pairs))));
  assert.match(choice.because ?? '', /^read otherwise, the value at .* would be /);
});

/** Texts whose words fit in either order, and what the two ways are. */
const DOUBTFUL: readonly (readonly [name: string, text: string, ways: readonly string[]])[] = [
  ['hexdump', list(rows(PLAIN, (offset, pairs) => words(hexDigits(offset, 7), pairs))), ['hexdump', 'hexdump-be']],
  ['od -x', list(rows(PLAIN, (offset, pairs) => words(octal(offset), pairs))), ['od', 'od-be']],
  ['xxd without its characters', list(rows(PLAIN, (offset, pairs) => xxd(offset, pairs).slice(0, 49))), ['xxd', 'xxd-e']],
  [
    'a table of registers',
    list(rows(PLAIN, (offset, pairs) => `0x${hexDigits(offset, 2)}: ${dwords(pairs).join(' ')}`)),
    ['dwords', 'dwords-be'],
  ],
];

for (const [name, text, ways] of DOUBTFUL) {
  test(`parseHexText names the ways in which ${name} can be read, and takes the one that is wanted`, () => {
    assert.throws(
      () => parseHexText(text),
      (error: unknown) => {
        assert.ok(error instanceof AmbiguousInputError);
        assert.deepEqual(
          error.readings.map(reading => reading.name),
          ways,
        );
        assert.match(
          error.message,
          /^it can be read in 2 ways, and nothing in it proves one: as .* its first device is 1019:15b3|15b3:1019/,
        );
        return true;
      },
    );
    const ids = ways.map(way => parseHexText(text, way).result.devices[0]?.config.read(0, 2));
    assert.deepEqual(new Set(ids).size, 2);
    assert.ok(ids.includes(0x15b3));
  });
}

test('parseHexText reads rows that * stands for, up to the size', () => {
  const ones = new Uint8Array(256).fill(0xff);
  const [first = ''] = rows(ones, canonical);
  const [device] = parseHexText(list([first, '*', '00000100'])).result.devices;
  assert.ok(device?.config.isWhole);
  assert.equal(formatHexBytes(device.config.bytes), formatHexBytes(ones));
  const [cut] = parseHexText(list([first, '*'])).result.devices;
  assert.equal(cut?.config.bytes.length, 16);
});

test('parseHexText leaves bytes of rows that are missing unknown', () => {
  const lines = rows(BYTES, canonical);
  const [device] = parseHexText(list([...lines.slice(0, 1), '[...]', ...lines.slice(3)])).result.devices;
  assert.deepEqual([device?.config.knownLength, device?.config.isKnown(0x30, 16)], [16, true]);
});

test('parseHexText knows no byte of which rows say differently, and tells', () => {
  const lines = rows(BYTES, canonical);
  const other = (lines[1] ?? '').replace(/ {2}[0-9a-f]{2} /, '  ee ').replace(/\|.*/, '');
  const [device] = parseHexText(list([...lines, other])).result.devices;
  assert.equal(device?.config.isKnown(16), false);
  assert.deepEqual(device?.contradictory?.lines, [2, 5]);
});

test('parseHexText tells rows that it cannot read', () => {
  const lines = rows(BYTES, canonical);
  const { result } = parseHexText(list([...lines.slice(0, 3), (lines[3] ?? '').replace('  |', ' zz  |')]));
  assert.deepEqual([result.unread?.count, result.unread?.line, result.devices[0]?.config.bytes.length], [1, 4, 48]);
});

test('parseHexText reads several devices, each below its line', () => {
  const text = list(['0000:01:00.0', ...rows(BYTES, canonical), '', '0000:01:00.1', ...rows(PLAIN, canonical)]);
  assert.deepEqual(
    parseHexText(text).result.devices.map(({ bdf, config }) => [bdf?.text, config.read(0, 2), config.bytes.length]),
    [
      ['0000:01:00.0', 0x15b3, 64],
      ['0000:01:00.1', 0x15b3, 64],
    ],
  );
});

const REFUSED: readonly (readonly [name: string, text: string, words: RegExp])[] = [
  [
    'two dumps without a line between',
    list([
      ...rows(BYTES, canonical),
      ...rows(
        PLAIN.map(byte => byte ^ 1),
        canonical,
      ),
    ]),
    /line 5.*other bytes begin at offset 0 here/,
  ],
  ['an offset beyond config space', list([canonical(4096, Array.from(BYTES.subarray(0, 16), pair))]), /lies beyond 4096 bytes/],
  [
    'pairs that are no whole config space',
    list(rows(BYTES, (_, pairs) => pairs.join(' ')).slice(1)),
    /48 bytes without offsets stand here: wanted 64, 256, 4096/,
  ],
  ['a * that nothing fits behind', list([...rows(BYTES, canonical), '*', '00000049']), /the next offset does not fit/],
];

for (const [name, text, said] of REFUSED) {
  test(`parseHexText refuses ${name}`, () => {
    assert.throws(
      () => parseHexText(text),
      (error: unknown) => error instanceof InputSyntaxError && said.test(error.message),
    );
  });
}

test('parseHexText refuses a form that the text does not have', () => {
  assert.throws(() => parseHexText(list(rows(BYTES, canonical)), 'xxd'), /no row can be read as xxd/);
});
