import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHexBytes } from '../bytes/hex.ts';
import { InputSyntaxError } from './input-syntax-error.ts';
import { LspciDumpParser, type ParsedDevice, parseLspciDump } from './lspci-dump.ts';

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}

/** `0000:00:1c.0 line 1: 8680…`, with `??` for unknown bytes. */
function show(devices: readonly ParsedDevice[]): string[] {
  return devices.map(({ bdf, config, line }) => {
    const pairs = Array.from(config.bytes, (byte, at) => (config.isKnown(at) ? formatHexBytes(Uint8Array.of(byte)) : '??'));
    return `${bdf} line ${line}: ${pairs.join('').replace(/(?:00)+$/, '')}`;
  });
}

function parseInPieces(text: string, size: number): ParsedDevice[] {
  const parser = new LspciDumpParser();
  const bytes = bytesOf(text);
  const devices: ParsedDevice[] = [];
  for (let at = 0; at < bytes.length; at += size) devices.push(...parser.push(bytes.subarray(at, at + size)));
  return [...devices, ...parser.end()];
}

const ZEROS = ' 00'.repeat(14);
const ROW = `00: 86 80${ZEROS}`;

const DUMP = `00:1c.0 PCI bridge: Intel Corporation Sunrise Point-LP (rev f1) (prog-if 00 [Normal decode])
\tControl: I/O+ Mem+ BusMaster+
\t\tDevCap: MaxPayload 256 bytes, 00: 11
        ee: continued with spaces
${ROW}
10: 01 02${ZEROS}
100: 0f 00${ZEROS}
ff0: 99 00${ZEROS}

10000:e1:00.0 Non-Volatile memory controller: Gerät
00: aa bb${ZEROS}
`;

const PARSED = [
  `0000:00:1c.0 line 1: ${'8680'.padEnd(32, '0')}${'0102'.padEnd(32, '0')}${'??'.repeat(0xe0)}${'0f'.padEnd(32, '0')}${'??'.repeat(0xee0)}99`,
  '10000:e1:00.0 line 10: aabb',
];

test('parseLspciDump reads verbose lines, rows and several devices', () => {
  const devices = parseLspciDump(bytesOf(DUMP));
  assert.deepEqual(show(devices), PARSED);
  assert.deepEqual(
    devices.map(({ config }) => config.bytes.length),
    [4096, 16],
  );
});

test('LspciDumpParser gives the same for every way to cut a dump', () => {
  for (let size = 1; size <= 200; size++) assert.deepEqual(show(parseInPieces(DUMP, size)), PARSED, `pieces of ${size} bytes`);
});

test('LspciDumpParser gives a device as soon as the next one begins', () => {
  const parser = new LspciDumpParser();
  assert.deepEqual(parser.push(bytesOf(`00:00.0 A\n${ROW}\n`)), []);
  assert.deepEqual(show(parser.push(bytesOf('00:01.0 B\n'))), ['0000:00:00.0 line 1: 8680']);
  assert.deepEqual(show(parser.end()), ['0000:00:01.0 line 3: ']);
  assert.deepEqual(parser.end(), []);
});

const VALID: { name: string; text: string; wanted: string[] }[] = [
  {
    name: 'lines that end in CR LF',
    text: `00:00.0 A\r\n\tx\r\n${ROW}\r\n\r\n00:01.0 B\r\n`,
    wanted: ['0000:00:00.0 line 1: 8680', '0000:00:01.0 line 5: '],
  },
  { name: 'a dump without a newline at its end', text: `00:00.0 A\n${ROW}`, wanted: ['0000:00:00.0 line 1: 8680'] },
  { name: 'upper case', text: `AB:1F.7 A\n00: 86 8A FF${' 00'.repeat(13)}\n`, wanted: ['0000:ab:1f.7 line 1: 868aff'] },
  { name: 'spaces at the end of a row', text: `00:00.0 A\n${ROW}   \n`, wanted: ['0000:00:00.0 line 1: 8680'] },
  { name: 'short rows', text: '00:00.0 A\n00: 86\n01: 80 01\n', wanted: ['0000:00:00.0 line 1: 868001'] },
  {
    name: 'rows out of order',
    text: `00:00.0 A\n10: 01${' 00'.repeat(15)}\n${ROW}\n`,
    wanted: [`0000:00:00.0 line 1: ${'8680'.padEnd(32, '0')}01`],
  },
  { name: 'a row twice that says differently', text: `00:00.0 A\n00: 11 22${ZEROS}\n${ROW}\n`, wanted: ['0000:00:00.0 line 1: ????'] },
  {
    name: 'a device twice',
    text: '00:00.0 A\n00: 11\n00:00.0 A\n00: 22\n',
    wanted: ['0000:00:00.0 line 1: 11', '0000:00:00.0 line 3: 22'],
  },
  { name: 'bytes that are not known', text: '00:00.0 A\n00: 86 ?? 01\n', wanted: ['0000:00:00.0 line 1: 86??01'] },
  {
    name: 'bytes that are not known any more',
    text: `00:00.0 A\n${ROW}\n00: ?? 80${ZEROS}\n`,
    wanted: ['0000:00:00.0 line 1: ??80'],
  },
  {
    name: 'an address line as long as a row',
    text: `00:00.0 A\n${ROW}\n${'00:01.0 bad cafe'.padEnd(51, ' fade')}\n`,
    wanted: ['0000:00:00.0 line 1: 8680', '0000:00:01.0 line 3: '],
  },
  { name: 'no rows', text: '00:00.0 A\n00:01.0', wanted: ['0000:00:00.0 line 1: ', '0000:00:01.0 line 2: '] },
  {
    name: 'what a shell prints before and after',
    text: `# lspci -vvv -xxx\npcilib: sysfs_read_vpd: read failed\nadded: yes\n00:00.0 A\n${ROW}\n#\n`,
    wanted: ['0000:00:00.0 line 4: 8680'],
  },
  {
    name: 'a gap after a device that filled it',
    text: `00:00.0 A\n${ROW}\n10: 01\n00:01.0 B\n10: 02\n`,
    wanted: [`0000:00:00.0 line 1: ${'8680'.padEnd(32, '0')}01`, `0000:00:01.0 line 4: ${'??'.repeat(16)}02`],
  },
];

for (const { name, text, wanted } of VALID) {
  test(`parseLspciDump takes ${name}`, () => {
    assert.deepEqual(show(parseLspciDump(bytesOf(text))), wanted);
    assert.deepEqual(show(parseInPieces(text, 7)), wanted);
  });
}

const INVALID: { name: string; text: string; line: number; column: number; words: RegExp }[] = [
  { name: 'no device', text: 'hello\n', line: 1, column: 1, words: /no line begins with the address of a device/ },
  { name: 'an empty input', text: '', line: 1, column: 1, words: /no line begins with the address of a device/ },
  {
    name: 'a row before any device',
    text: `x\n${ROW}\n`,
    line: 2,
    column: 1,
    words: /a row of bytes stands before the address of any device/,
  },
  {
    name: 'a byte that is none',
    text: '00:00.0 A\n00: 86 8x 00\n',
    line: 2,
    column: 8,
    words: /"8x" is no byte: wanted two hexadecimal digits/,
  },
  { name: 'a byte that is none in a full row', text: `00:00.0 A\n00: 86 8x${ZEROS}\n`, line: 2, column: 8, words: /"8x" is no byte/ },
  { name: 'pairs without spaces', text: '00:00.0 A\n00: 8680\n', line: 2, column: 5, words: /"8680" is no byte/ },
  { name: 'something else between the pairs', text: `00:00.0 A\n00: 86-80${ZEROS}\n`, line: 2, column: 5, words: /"86-80" is no byte/ },
  { name: 'seventeen bytes', text: `00:00.0 A\n${ROW} 00\n`, line: 2, column: 53, words: /a row has more than 16 bytes/ },
  { name: 'an offset beyond 4096', text: '00:00.0 A\n1000: 00\n', line: 2, column: 1, words: /offset 1000 lies beyond 4096 bytes/ },
  { name: 'a row over the end', text: `00:00.0 A\nff8: 86 80${ZEROS}\n`, line: 2, column: 1, words: /offset 1000 lies beyond 4096 bytes/ },
  { name: 'an address that no device has', text: '00:00.0 A\n00:20.0 B\n', line: 2, column: 1, words: /not a PCI address: "00:20.0"/ },
  { name: 'an end inside of a byte', text: '00:00.0 A\n00: 86 8', line: 2, column: 9, words: /the dump ends in the middle of a row/ },
  { name: 'an end between bytes', text: '00:00.0 A\n00: 86 80', line: 2, column: 10, words: /the dump ends in the middle of a row/ },
  { name: 'an end behind the offset', text: '00:00.0 A\n00:', line: 2, column: 4, words: /the dump ends in the middle of a row/ },
  { name: 'an end inside of the offset', text: '00:00.0 A\n0', line: 2, column: 2, words: /the dump ends in the middle of a row/ },
];

for (const { name, text, line, column, words } of INVALID) {
  test(`parseLspciDump refuses ${name} and says where`, () => {
    assert.throws(
      () => parseLspciDump(bytesOf(text)),
      (error: unknown) => {
        assert(error instanceof InputSyntaxError);
        assert.match(error.message, words);
        assert.deepEqual([error.line, error.column], [line, column]);
        assert(error.message.startsWith(`line ${line}, column ${column}: `));
        return true;
      },
    );
  });
}

test('LspciDumpParser keeps no more of an endless line than it needs', () => {
  const parser = new LspciDumpParser();
  parser.push(bytesOf('00:00.0 A\n'));
  const chunk = new Uint8Array(1 << 16).fill(0x61);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 500; i++) assert.deepEqual(parser.push(chunk), []);
  assert(process.memoryUsage().arrayBuffers - before < 1 << 20);
  assert.deepEqual(show(parser.push(bytesOf(`\n${ROW}\n00:01.0 B\n`))), ['0000:00:00.0 line 1: 8680']);
});

test('parseLspciDump ends on any bytes, with devices or an InputSyntaxError', () => {
  const text = fc.array(fc.constantFrom('00:00.0 A', '\n', ROW, '00: ', '86', ' ', '\t', '??', 'ff0: ', '\r', ':', '.', 'é', '1'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        text.map(parts => bytesOf(parts.join(''))),
        fc.uint8Array({ maxLength: 200 }),
      ),
      bytes => {
        try {
          for (const { config } of parseLspciDump(bytes)) assert(config.bytes.length <= 4096);
        } catch (error) {
          assert(error instanceof InputSyntaxError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
