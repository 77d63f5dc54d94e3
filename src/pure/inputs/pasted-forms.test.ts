import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHexBytes } from '../bytes/hex.ts';
import { formatUnread } from '../facts/unread-rows.ts';
import { detectFormat } from './detect-format.ts';
import { InputSyntaxError } from './input-syntax-error.ts';
import { LspciDumpParser, type ParsedDevice, parseLspciDump } from './lspci-dump.ts';
import { describeUnreadForm } from './unread-form.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const TITLE = '02:00.0 Ethernet controller';
const BYTES = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 0xff);

/** The rows of `BYTES` as lspci prints them. */
const ROWS = Array.from({ length: 4 }, (_, i) => {
  const pairs = Array.from(BYTES.subarray(16 * i, 16 * i + 16), byte => byte.toString(16).padStart(2, '0'));
  return `${(16 * i).toString(16).padStart(2, '0')}: ${pairs.join(' ')}`;
});
const DUMP = [TITLE, ...ROWS];
const [FIRST = ''] = ROWS;

/** The devices of a dump that is given in pieces of `size` bytes, with what of it was not read. */
function parse(text: string, size = 4096): { devices: ParsedDevice[]; unread: string | null } {
  const parser = new LspciDumpParser();
  const bytes = utf8(text);
  const devices: ParsedDevice[] = [];
  for (let at = 0; at < bytes.length; at += size) devices.push(...parser.push(bytes.subarray(at, at + size)));
  devices.push(...parser.end());
  const { unread } = parser;
  return { devices, unread: unread === null ? null : `line ${unread.line}: ${formatUnread(unread)}` };
}

const lines = (change: (line: string) => string): string => `${DUMP.map(change).join('\n')}\n`;
const isRow = (line: string): boolean => /^\d\d: /.test(line);
const log = (prefix: string): string =>
  [`${prefix}pci 0000:02:00.0: config space:`, ...ROWS.map(row => `${prefix}000000${row}`)].join('\n');

const READ: readonly (readonly [name: string, text: string])[] = [
  ['lspci -x', lines(line => line)],
  ['rows with 0x before the offset', lines(line => (isRow(line) ? `0x${line}` : line))],
  ['rows with eight digits of offset', lines(line => (isRow(line) ? `000000${line}` : line))],
  ['a byte order mark', `\ufeff${lines(line => line)}`],
  ['tabs before each line', lines(line => `\t${line}`)],
  ['four spaces before each line', lines(line => `    ${line}`)],
  ['spaces before rows alone', lines(line => (isRow(line) ? `  ${line}` : line))],
  ['quoting', lines(line => `> ${line}`)],
  ['quoting of a quotation', lines(line => `> >> ${line}`)],
  ['bars before each line', lines(line => `| ${line}`)],
  ['lines that a patch adds', `@@ -0,0 +1,5 @@\n${lines(line => `+${line}`)}`],
  ['a fence of Markdown', `\`\`\`\n${lines(line => line)}\`\`\`\n`],
  ['a quotation of Markdown', lines(line => `> ${line}  `)],
  ['a list of Markdown', lines(line => `- ${line}`)],
  ['no-break spaces', lines(line => line.replaceAll(' ', '\u00a0'))],
  ['no-break spaces between pairs alone', lines(line => (isRow(line) ? line.replaceAll(' ', '\u00a0') : line))],
  ['thin spaces', lines(line => (isRow(line) ? line.replaceAll(' ', '\u2009') : line))],
  ['zero width spaces', lines(line => `\u200b${line}`)],
  ['tabs between pairs', lines(line => (isRow(line) ? line.replaceAll(' ', '\t') : line))],
  ['two spaces between the halves of a row', lines(line => (isRow(line) ? `${line.slice(0, 27)} ${line.slice(27)}` : line))],
  ['characters behind the pairs', lines(line => (isRow(line) ? `${line}  |..0@..|` : line))],
  ['quoted-printable line ends', lines(line => `${line}=0A=`)],
  ['quoted-printable spaces at the end', lines(line => `${line}=20`)],
  ['CR LF', DUMP.join('\r\n')],
  ['rows that are wrapped', lines(line => (isRow(line) ? `${line.slice(0, 39)}\n${line.slice(40)}` : line))],
  ['rows that are wrapped and quoted', lines(line => (isRow(line) ? `> ${line.slice(0, 39)}\n> ${line.slice(40)}` : `> ${line}`))],
  ['a row that is wrapped twice', lines(line => (isRow(line) ? [line.slice(0, 15), line.slice(16, 42), line.slice(43)].join('\n') : line))],
  ['the last pair alone on its line', lines(line => (isRow(line) ? `${line.slice(0, 48)}\n${line.slice(49)}` : line))],
  ['a title above the line of the device', `${TITLE}\n${lines(line => line)}`],
  ['the path of bridges of lspci -PP', lines(line => line.replace(TITLE, '00:1c.0/01:00.0/02:00.0 Ethernet controller'))],
  ["the kernel's log with times", log('[    0.311406] ')],
  ["the kernel's log with times and a thread", log('[    0.311406][    T1] ')],
  ["the kernel's log with levels", log('<6>[    0.311406] ')],
  ["the kernel's log with dates", log('[Sat Nov 28 14:52:37 2026] ')],
  ['syslog', log('Nov 28 14:52:37 host kernel: [    0.311406] ')],
  ['the journal', log('Nov  8 14:52:37 host kernel: ')],
  ['syslog with RFC 3339 times', log('2026-11-28T14:52:37.123456+00:00 host kernel: ')],
  ['the log of an older kernel', ['[    0.0] pci 0000:02:00.0 config space:', ...ROWS.map(row => `  ${row}`)].join('\n')],
];

for (const [name, text] of READ) {
  test(`LspciDumpParser reads ${name}`, () => {
    for (const size of [4096, 7, 1]) {
      const { devices, unread } = parse(text, size);
      assert.deepEqual(
        devices.map(({ bdf, config, unread: own }) => [bdf.text, formatHexBytes(config.bytes), config.isWhole, own]),
        [['0000:02:00.0', formatHexBytes(BYTES), true, null]],
      );
      assert.equal(unread, null);
    }
    assert.equal(detectFormat(utf8(text)), 'lspci');
  });
}

/** Forms that are not read: what is told. The first row is read. */
const TOLD: readonly (readonly [name: string, change: (row: string) => string, first: string])[] = [
  ['pairs without spaces', row => row.replaceAll(' ', ''), '10:'],
  ['letters O for zeros', row => row.replaceAll('0', 'O'), '1O: '],
  ['no colon', row => `0000${row.replace(':', '')}`, '000010 '],
  ['words of 32 bits', row => `0x00${row.slice(0, 4)}${row.slice(4).replace(/(..) (..) (..) (..)/g, '$4$3$2$1')}`, '0x0010: '],
  ['words of 16 bits', row => `0000${row.slice(0, 4)}${row.slice(4).replace(/(..) (..)/g, '$1$2')}`, '000010: '],
  ['a language’s bytes', row => `0x${row.slice(0, 4)}${row.slice(4).replace(/(..) ?/g, '0x$1, ')}`, '0x10: 0x'],
  ['a byte that is none in a quoted row', row => `> ${row.slice(0, 40)}zz`, '> 10: '],
  ['an offset that is no multiple of 16', row => `> ${row.replace('0:', '4:')}`, '> 14: '],
  ['an offset beyond config space', row => `> 10${row}`, '> 1010: '],
  ['words before the offset', row => `config: ${row}`, 'config: 10: '],
  ['pairs without offsets', row => row.slice(4), ''],
  ['another dump in the log', () => `[    1.0] ${FIRST}`, '[    1.0] 00: '],
];

for (const [name, change, first] of TOLD) {
  test(`LspciDumpParser tells rows with ${name}`, () => {
    const rest = ROWS.slice(1).map(change);
    const title = name === 'another dump in the log' ? '[    0.5] pci 0000:02:00.0: config space:' : TITLE;
    for (const size of [4096, 5]) {
      const { devices, unread } = parse([title, FIRST, ...rest, '', '03:00.0 A'].join('\n'), size);
      assert.match(unread ?? 'nothing', /^line 3: 3 lines look like rows of bytes and were not read, the first is "/);
      assert.ok(unread?.includes(JSON.stringify(first).slice(0, -1)), unread ?? '');
      assert.deepEqual(
        devices.map(({ config, unread: own }) => [config.bytes.length, own?.count ?? 0]),
        [
          [16, 3],
          [0, 0],
        ],
      );
    }
  });
}

test('LspciDumpParser tells rows before the first device, which are no config space', () => {
  const { devices, unread } = parse(`[    0.1] 00000000: ${FIRST.slice(4)}\n${log('[    0.2] ')}`);
  assert.match(unread ?? '', /^line 1: 1 line looks like a row of bytes and was not read, it is "/);
  assert.deepEqual([devices.length, devices[0]?.unread], [1, null]);
});

test('LspciDumpParser takes text for people as what it is', () => {
  const text = [
    TITLE,
    '\t\t[VB] Vendor specific: 01 02 03 04 05 06 07 08',
    '\t\tHeaderLog: 04000001 0000220f 01010000 8f5e2123',
    '\tCapabilities: [100 v1] Device Serial Number 00-11-22-33-44-55-66-77',
    '\t\tDevCap: MaxPayload 256 bytes, 00: 11',
    '        ee: continued with spaces',
    '> he wrote: 10: never mind',
    'added: a dead beef cafe',
    ...ROWS,
  ].join('\n');
  assert.deepEqual(parse(text).unread, null);
});

test('LspciDumpParser refuses an address that names no bus, as lspci -P prints it', () => {
  assert.throws(
    () => parseLspciDump(utf8(`00:1c.0/00.0 A\n${FIRST}\n`)),
    (error: unknown) => error instanceof InputSyntaxError && /names no bus: wanted a dump that is made without -P/.test(error.message),
  );
});

test('LspciDumpParser knows no byte that a patch changes, and tells', () => {
  const text = [TITLE, FIRST, `-${ROWS[1]}`, `+${ROWS[1]?.replace(': 5b', ': 5c')}`, ...ROWS.slice(2)].join('\n');
  const [device] = parse(text).devices;
  assert.deepEqual([device?.config.isKnown(16), device?.config.isKnown(17, 47)], [false, true]);
  assert.deepEqual(device?.contradictory, { count: 1, at: 16, lines: [3, 4] });
});

test('rows that are left out leave unknown bytes', () => {
  const [device] = parse([TITLE, FIRST, '...', ROWS[3]].join('\n')).devices;
  assert.ok(device);
  assert.deepEqual([device.config.knownLength, device.config.isKnown(0x2f), device.config.isKnown(0x30, 16)], [16, false, true]);
});

/** Wrapped rows that are spoilt, from where they are: how many of the second row are known. */
const SPOILT: readonly (readonly [name: string, change: (row: string) => string, known: number])[] = [
  ['a piece with a pair cut in two', row => `${row.slice(0, 15)}\nd 9 ${row.slice(19, 30)}\n${row.slice(30)}`, 4],
  ['a piece with a mark between its pairs', row => `${row.slice(0, 15)}\n${row.slice(16, 21)} > ${row.slice(22, 30)}\n${row.slice(31)}`, 4],
  ['a piece that is gone', row => `${row.slice(0, 15)}\n--\n${row.slice(31)}`, 4],
  ['a mark before a pair that ends a piece', row => `${row.slice(0, 16)}=${row.slice(16, 18).replace(/../, '20')}\n${row.slice(19)}`, 0],
];

for (const [name, change, count] of SPOILT) {
  test(`LspciDumpParser knows no byte of a wrapped row behind ${name}`, () => {
    const text = [
      TITLE,
      FIRST,
      ...change(ROWS[1] ?? '')
        .split('\n')
        .map(line => `> ${line}`),
      ...ROWS.slice(2),
    ].join('\n');
    const [device] = parse(text).devices;
    assert.ok(device);
    const known = Array.from({ length: 16 }, (_, i) => device.config.isKnown(16 + i));
    assert.deepEqual(
      known,
      Array.from({ length: 16 }, (_, i) => i < count),
    );
    assert.equal(device.config.isKnown(32, 32), true);
  });
}

/** How many lines begin as a row does. */
const rowsOf = (text: string): number => text.match(/^[^0-9a-z]*[0-9a-f]{2,3}\W{0,3}:/gim)?.length ?? 0;

test('what is read of a spoilt dump is what stood there, and what is lost is told', () => {
  const change = fc.constantFrom(' ', '\t', '> ', '\u00a0', '=', '|', '\n', 'zz', ':', '[', '-');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: TITLE.length + 1, max: 240 }), change), { maxLength: 6 }), changes => {
      let text = DUMP.join('\n');
      for (const [at, added] of changes) text = text.slice(0, at) + added + text.slice(at);
      // A line end and a colon about a byte make a row of their own, which nothing tells from one of the dump.
      fc.pre(rowsOf(text) <= rowsOf(DUMP.join('\n')));
      try {
        const { devices, unread } = parse(text);
        const config = devices.find(({ bdf }) => bdf.text === '0000:02:00.0')?.config;
        const known = Array.from(BYTES.keys()).filter(at => config?.isKnown(at));
        for (const at of known) assert.equal(config?.bytes[at], BYTES[at], `byte ${at} of:\n${text}`);
        // A few pairs between other characters may be a time or an address.
        assert.ok(known.length >= BYTES.length - 8 * changes.length || unread !== null, `lost in silence:\n${text}`);
      } catch (error) {
        assert.ok(error instanceof InputSyntaxError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

const FORMS: readonly (readonly [name: string, text: string, words: RegExp])[] = [
  ['lspci -vmm', 'Slot:\t00:02.0\nClass:\tx\n', /lspci -vmm/],
  ['lspci -t', '-[0000:00]-+-00.0\n           +-02.0\n           \\-1c.0-[04]----00.0\n', /lspci -t, which holds no bytes/],
  ['lspci -tv, quoted', '> -[0000:00]-+-00.0  Host bridge\n>            \\-02.0  Display\n', /lspci -t, which holds no bytes/],
  ['a zip archive', 'PK\x03\x04\x14\0\0\0\x08\0', /zip archive: give the files in it/],
  ['pciconf -l', 'em0@pci0:2:0:0:\tclass=0x020000 rev=0x00 hdr=0x00 vendor=0x8086\n', /give that of pciconf -r/],
  ['pcidump -v', ' 2:0:0: NIC\n\t0x0000: Vendor ID: 15b3, Product ID: 1019\n', /give that of pcidump -xxx/],
  ['od', '0000000 012663 010031 002506 000020 000000 001000 000010 000200\n', /octal, as od prints/],
  ['hexdump -b', '0000000 263 025 031 020 106 005 020 000 000 000 000 002 010 000 200 000\n', /octal, as hexdump -b/],
];

for (const [name, text, words] of FORMS) {
  test(`describeUnreadForm names ${name}`, () => {
    assert.equal(detectFormat(utf8(text)), 'unknown');
    assert.match(describeUnreadForm(utf8(text)) ?? 'nothing', words);
  });
}

test('describeUnreadForm and detectFormat end in time on text that repeats', { timeout: 10_000 }, () => {
  for (const part of ['\n', ' ', '00 ', '0', '1:1:1: x\n', '> ', '[ 0.1] ', '0x00: 00 00 00\n', '\t00']) {
    const bytes = utf8(part.repeat(70_000 / part.length));
    detectFormat(bytes);
    describeUnreadForm(bytes);
    const parser = new LspciDumpParser();
    try {
      parser.push(utf8('00:00.0 A\n'));
      parser.push(bytes);
    } catch (error) {
      assert.ok(error instanceof InputSyntaxError);
    }
  }
});

const folder = join(import.meta.dirname, '../../../../shared/dumps');
const skip = existsSync(folder) ? false : 'there are no dumps of real hardware here';

test('LspciDumpParser leaves no line of the dumps of real hardware unread', { skip }, () => {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.lspci'))) {
    const parser = new LspciDumpParser();
    const devices = [...parser.push(readFileSync(join(folder, name))), ...parser.end()];
    assert.equal(parser.unread, null, name);
    assert.ok(devices.every(({ config }) => config.knownLength >= 64));
  }
});
