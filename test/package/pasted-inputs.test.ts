/** Dumps as people paste them: each is read, or told in words that name the cause; none ends with nothing said. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { airlock, ROOT } from './airlock.ts';
import { temporaryFiles } from './temporary-files.ts';

const INPUTS = join(ROOT, '../shared/inputs');
const skip = existsSync(INPUTS) ? false : 'there are no inputs of other people here';

/** Forms of the same 256 bytes that are read. */
const READ = ['0x-offsets', 'indented', 'qp', 'utf16'];
/** One dump, compressed. */
const XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ADrAGNdABgMg7M/GbOWqkgHmC/q4qL3p1njtZha8kwoZqhoaGgcfZ9KD9tq7XLv0m8i2I8vt99fLs7trBShmRDlJlGtQGojep683gljbmOVXbr1NeXhcLX4XB5Glw1vRpgyHrznvITWoAAAAg0jvpG51lwAAX/sAQAAAHImuWyxxGf7AgAAAAAEWVo=';
const BZIP2 =
  'QlpoOTFBWSZTWfM7XKMAAFXdgAAQQAF/8AIAG0WUACAAahKZTRQPTUMTZQSnqk0NANADMxF7MB4cQfUA1BRHCxh3tT5gdbIK6YGCRE0MmAFNndKhEFKyFDTOl01LWJNcDpMrfmSYUsO9IaOus8zvXWUs3KrXj+LuSKcKEh5na5Rg';
const ZSTD =
  'KLUv/STsVQMAkgURFoAn6mx+E3pnZ0CqLRhNNDsNl82i+gj3/eJVytRkD5D7cZ8uGu+cOy7XADpWgC1YQij6Y7lWwRpRpLYkWBbaoA+PxgEPAKCaq4pStHgYDEByQNhVbAOcgAMgX6HMQNyaAen4Bq0CBWMVRIM=';

const hexOf = (path: string): string[] => {
  const { stdout, status, stderr } = airlock(['view', path, '--jsonl']);
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { host: string }).host);
};

const row = (offset: string, first: string) => `${offset}${first} ${'00 '.repeat(14).trimEnd()}`;
const DEVICE = ['00:01.0 Ethernet controller', row('00: ', '86 80'), row('10: ', '00 00'), row('20: ', '00 00'), row('30: ', '00 00')];
const CAPTURE = readFileSync(join(ROOT, 'captures/synthetic-vtd-ats.json'), 'utf8');

describe('airlock with pasted dumps', () => {
  const file = temporaryFiles('airlock-pasted-');

  for (const form of READ) {
    it(`reads the form ${form}`, { skip }, () => {
      assert.deepEqual(hexOf(join(INPUTS, `O-fmt-${form}.txt`)), hexOf(join(INPUTS, 'O-nic-256.txt')));
    });
  }

  it("reads the kernel's early dump", { skip }, () => {
    const hosts = hexOf(join(INPUTS, 'O-kernel-earlydump.txt'));
    assert.deepEqual(
      hosts.map(host => [host.slice(0, 8), host.length]),
      [
        ['f41a0010', 128],
        ['f41a4810', 128],
      ],
    );
  });

  it('unpacks xz and bzip2, and names the command for zstd', () => {
    const unpacked = (base64: string) => airlock(['decode', file('packed', Buffer.from(base64, 'base64'))]);
    assert.match(unpacked(XZ).stdout, /0000:02:00\.0 .*15b3:1019/);
    assert.match(unpacked(BZIP2).stdout, /0000:02:00\.0 .*15b3:1019/);
    const { status, stderr } = unpacked(ZSTD);
    assert.deepEqual([status, /compressed with zstd.*: give the output of zstd -dc/.test(stderr)], [2, true]);
    const damaged = Buffer.from(XZ, 'base64').fill(0x55, 40, 50);
    assert.match(airlock(['decode', file('damaged', damaged)]).stderr, /Cannot read .*damaged: it is not valid xz: /);
  });

  it('names the ways in which words can be read, and takes the one that --input-format chooses', () => {
    const words = '0000000 15b3 1019 0000 0000 0000 0000 0000 0000\n';
    const path = file('words.txt', words);
    const { status, stderr } = airlock(['view', path]);
    assert.equal(status, 2);
    assert.match(stderr, /can be read in 2 ways.*as hexdump, its first device is 15b3:1019 \(hexdump\); .*choose with --input-format/s);
    assert.match(airlock(['decode', path, '--input-format', 'hexdump-be']).stdout, /b315:1910/);
    assert.match(airlock(['decode', path, '--input-format', 'xxd']).stderr, /no row can be read as xxd/);
    const capture = file('capture.json', CAPTURE);
    assert.match(airlock(['decode', capture, '--input-format', 'xxd']).stderr, /--input-format goes with a hex dump, and .* is none/);
    const other = airlock(['compare', '--raw', path, path, '--input-format', 'hexdump', '--b-input-format', 'hexdump-be']);
    assert.equal(other.status, 1, other.stderr);
  });

  it('tells that a dump without bytes has none, and fails under --strict', () => {
    const path = file('title.txt', '28:00.0 a device\n');
    const { status, stderr } = airlock(['view', path]);
    assert.match(stderr, /: no byte of config space is there of 0000:28:00\.0: lspci -xxxx as root gives all\n/);
    assert.equal(status, 0);
    assert.equal(airlock(['view', path, '--strict']).status, 1);
    assert.match(airlock(['decode', path]).stderr, /no byte of config space is there of 0000:28:00\.0/);
  });

  it('reads the text of lspci -v as far as it goes, says so, and fails under --strict', { skip }, () => {
    const path = join(INPUTS, 'O-fmt-lspci-text-only.txt');
    const told = /: 1 device was read as text of lspci -v, 3 capabilities, without bytes: what the text does not name is not known\n/;
    const { status, stdout, stderr } = airlock(['view', path]);
    assert.match(stderr, told);
    assert.match(stdout, /^ {2}ATS \[2b0\] +shown/m);
    assert.equal(status, 0);
    assert.equal(airlock(['view', path, '--strict']).status, 1);
    assert.match(airlock(['decode', path]).stderr, told);
  });

  it('tells rows that were not read: on standard error, in JSON, by the exit code under --strict', () => {
    const path = file(
      'mixed.txt',
      `${DEVICE.slice(0, 3).join('\n')}\n${DEVICE.slice(3).join('\n').replaceAll(': ', ' ').replace(/^/gm, '0000')}\n`,
    );
    const words = '2 lines look like rows of bytes and were not read, the first is \\"000020 00 00 00';
    const json = airlock(['view', path, '--json']);
    assert.ok(json.stderr.includes(`${path}, line 4: ${words.replaceAll('\\', '')}`), json.stderr);
    assert.equal(json.status, 0);
    const [device] = (JSON.parse(json.stdout) as { devices: { warnings: { code: string; message: string }[] }[] }).devices;
    assert.deepEqual(
      device?.warnings
        .filter(({ code }) => code === 'input.rows-unread')
        .map(({ message }) => message.startsWith('2 lines look like rows')),
      [true],
    );
    assert.equal(airlock(['view', path, '--strict']).status, 1);
    const decoded = airlock(['decode', path, '--jsonl']);
    assert.match(decoded.stdout, /"code":"input\.rows-unread"/);
  });

  it('refuses a dump of which all rows are in a form that is not read', () => {
    const path = file('joined.txt', DEVICE.map((line, i) => (i === 0 ? line : line.replaceAll(' ', ''))).join('\n'));
    const { status, stderr } = airlock(['view', path]);
    assert.equal(status, 2);
    assert.match(stderr, /4 lines look like rows of bytes/);
    assert.match(stderr, /no byte could be read of 0000:00:01\.0/);
  });

  it('tells of several -s those that select nothing', () => {
    const path = file('selected.txt', `${DEVICE.join('\n')}\n`);
    const { status, stderr } = airlock(['decode', path, '-s', '00:01.0', '-s', '99:00.0']);
    assert.deepEqual([status, stderr], [0, `airlock: warning: ${path}: -s 99:00.0 selects nothing of it\n`]);
  });

  it('tells rows that say differently of the same bytes, by the codes of every command', () => {
    const [title = '', first = ''] = DEVICE;
    const path = file('contradict.txt', `${title}\n${first}\n${first.replace(/..$/, 'ee')}\n`);
    const words = /contradict\.txt: rows say differently of 1 byte, which is taken as unknown: at 0f those of lines 2 and 3\n/;
    for (const [command, ...options] of [
      ['view', '--json'],
      ['view', '--jsonl'],
      ['decode', '--jsonl'],
    ] as const) {
      const { status, stdout, stderr } = airlock([command, path, ...options]);
      assert.match(stdout, /"code":"input\.rows-contradict"/, command);
      assert.match(stderr, words, command);
      assert.equal(status, 0);
    }
    assert.equal(airlock(['view', path, '--strict']).status, 1);
  });

  it('reads dumps and captures behind a byte order mark and in UTF-16', () => {
    const dump = `${DEVICE.join('\r\n')}\r\n`;
    const wanted = hexOf(file('dump.txt', dump));
    const capture = hexOf(file('capture.json', CAPTURE));
    const bigEndian = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    const encodings: readonly ((text: string) => string | Uint8Array)[] = [
      text => `\ufeff${text}`,
      text => Buffer.from(`\ufeff${text}`, 'utf16le'),
      text => Buffer.from(text, 'utf16le'),
      bigEndian,
    ];
    for (const [i, encode] of encodings.entries()) {
      assert.deepEqual(hexOf(file('other.txt', encode(dump))), wanted, `dump ${i}`);
      assert.deepEqual(hexOf(file('other.json', encode(CAPTURE))), capture, `capture ${i}`);
    }
  });

  it('takes a log that begins with a bracket for no JSON, wherever its devices begin', () => {
    const log = `${'[    0.000000] Linux version 7.3\n'.repeat(400)}[    0.1] pci 0000:00:01.0: config space:\n${DEVICE.slice(1)
      .map(line => `[    0.1] 000000${line}\n`)
      .join('')}`;
    assert.deepEqual(hexOf(file('dmesg.txt', log)), hexOf(file('dump.txt', `${DEVICE.join('\n')}\n`)));
    const other = airlock(['view', file('none.txt', '[    0.000000] Linux version 7.3\n')]);
    assert.match(other.stderr, /it is in no format that is known/);
  });
});
