/** `airlock explore --out`: one file, whole or not at all, without what is private; and what cannot be read or asked. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { PageData } from '../../src/cli/explore/page-data.ts';
import { parseCapture, parseConfigText } from '../../src/pure/capture/index.ts';
import { parseLspciDump } from '../../src/pure/inputs/index.ts';
import { airlock } from './airlock.ts';

let folder = '';
const path = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path(name), content);
  return path(name);
};
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-explore-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const ROW = (at: string, bytes: string): string => `${at}: ${bytes}\n`;
/** A device with a BAR at F0000000h. */
const DUMP = `3b:00.0 Ethernet controller: a device
${ROW('00', '86 80 72 15 06 04 10 00 02 00 00 02 10 00 00 00')}${ROW('10', '0c 00 00 f0 00 00 00 00 00 00 00 00 00 00 00 00')}${ROW('20', '00 '.repeat(16).trim())}${ROW('30', '00 '.repeat(16).trim())}`;

function dataOf(file: string): PageData {
  const html = readFileSync(file, 'utf8');
  const [, json = ''] = /<script type="application\/json" id="embedded">(.*)<\/script>/.exec(html) ?? [];
  return JSON.parse(json) as PageData;
}

describe('airlock explore --out', { timeout: 300_000 }, () => {
  it('writes one file with all inputs in it, and says its size and what is left out', () => {
    write('host.txt', DUMP);
    write('vm.xml', '<domain type="kvm"><name>a</name></domain>');
    const out = path('out.html');
    const ended = airlock(['explore', path('host.txt'), 'captures/vm-amd.json', path('vm.xml'), '--out', out]);
    assert.equal(ended.stderr, '');
    const size = Math.ceil(readFileSync(out).length / 1000);
    assert.equal(ended.stdout, `${out}: ${size} kB, 3 devices of 2 inputs and 1 definition, without serial numbers and addresses\n`);
    assert.equal(ended.status, 0);
    const { inputs, examples } = dataOf(out);
    assert.deepEqual(
      inputs.map(({ name }) => name),
      ['host.txt', 'vm-amd.json', 'vm.xml'],
    );
    assert.deepEqual(examples, []);
    // A capture that is without both already goes in as it is.
    assert.equal(inputs[1]?.text, readFileSync('captures/vm-amd.json', 'utf8'));
    assert.equal(inputs[2]?.text, '<domain type="kvm"><name>a</name></domain>');
  });

  it('leaves addresses of the host out, but for those that are asked for', () => {
    const [input, out] = [write('bars.txt', DUMP), path('bars.html')];
    const bar = (): number | undefined => {
      const [read] = dataOf(out).inputs;
      const [device] = parseCapture(read?.text ?? '').devices;
      return parseConfigText(device?.config ?? '').read(0x10, 4);
    };
    airlock(['explore', input, '-o', out]);
    assert.equal(bar(), 0x0000000c);
    airlock(['explore', input, '-o', out, '--include-addresses']);
    assert.equal(bar(), 0xf000000c);
    const { stdout } = airlock(['explore', input, '-o', out, '--include-addresses', '--include-serials']);
    assert.match(stdout, /, nothing redacted\n$/);
    assert.equal(dataOf(out).inputs[0]?.text, DUMP);
  });

  it('takes bytes without an address, compressed dumps and standard input', () => {
    const raw = write('raw.bin', parseLspciDump(new TextEncoder().encode(DUMP))[0]?.config.bytes ?? '');
    const out = path('three.html');
    const { status, stdout } = airlock(['explore', raw, write('dump.gz', gzipSync(DUMP)), '-', '-o', out], DUMP.replace('3b', '3c'));
    assert.deepEqual([status, / 3 devices of 3 inputs,/.test(stdout)], [0, true], stdout);
    const { inputs } = dataOf(out);
    assert.deepEqual(
      inputs.map(({ name, addressless }) => [name, addressless]),
      [
        ['raw.bin', [0]],
        ['dump.gz', undefined],
        ['standard input', undefined],
      ],
    );
  });

  it('tells what cannot be read, leaves it out and ends with 2', () => {
    mkdirSync(path('mixed'));
    write('mixed/a.txt', DUMP);
    write('mixed/b.bin', 'rubbish');
    const out = path('mixed.html');
    const { status, stderr } = airlock(['explore', path('mixed'), path('none.txt'), '-o', out]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^airlock: Cannot read \S+\/b\.bin: it is in no format that is known.*\nairlock: Cannot read \S+\/none\.txt: no such file or directory\n$/,
    );
    assert.deepEqual(
      dataOf(out).inputs.map(({ name }) => name),
      ['a.txt'],
    );
    const nothing = airlock(['explore', path('none.txt'), '-o', path('nothing.html')]);
    assert.deepEqual([nothing.status, existsSync(path('nothing.html'))], [2, false]);
  });

  it('refuses what never ends, once it has more bytes than a page takes', { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = airlock(['explore', '/dev/zero', '-o', path('endless.html')]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.equal(stderr, 'airlock: Cannot read /dev/zero: it has more than 268435456 bytes\n');
  });

  it('no text of an input ends its element or becomes HTML', () => {
    const hostile = '</script><script>alert(1)</script><!--<script>&lt;';
    const out = path('hostile.html');
    const capture = JSON.parse(readFileSync('captures/vm-amd.json', 'utf8'));
    capture.description = hostile;
    airlock(['explore', write('hostile.json', JSON.stringify(capture)), write('x"><script>alert(1)<', DUMP), '-o', out]);
    const html = readFileSync(out, 'utf8');
    assert.equal(html.match(/<script/g)?.length, 2);
    assert.equal(html.match(/<!--/g)?.length, 1);
    assert.doesNotMatch(html, /alert\(1\)<\//);
    assert.ok(dataOf(out).inputs[0]?.text?.includes(hostile));
  });

  it('replaces a file whole: one that cannot be written leaves the old one and nothing else', () => {
    const inside = path('whole');
    mkdirSync(inside);
    const input = write('whole.txt', DUMP);
    const out = join(inside, 'out.html');
    writeFileSync(out, 'before');
    symlinkSync('out.html', join(inside, 'link.html'));
    assert.equal(airlock(['explore', input, '-o', join(inside, 'link.html')]).status, 0);
    assert.ok(lstatSync(join(inside, 'link.html')).isSymbolicLink());
    assert.notEqual(readFileSync(out, 'utf8'), 'before');
    assert.deepEqual(readdirSync(inside).sort(), ['link.html', 'out.html']);
    for (const [to, words] of [
      [inside, /it is a directory\n$/],
      ['/dev/full', /it is no regular file\n$/],
      [join(inside, 'none/out.html'), /no such file or directory\n$/],
    ] as const) {
      const { status, stderr } = airlock(['explore', input, '-o', to]);
      assert.equal(status, 2);
      assert.match(stderr, words);
    }
    chmodSync(inside, 0o755);
    assert.deepEqual(readdirSync(inside).sort(), ['link.html', 'out.html']);
  });

  const WRONG: readonly (readonly [args: readonly string[], words: string])[] = [
    [['--out', ''], '--out takes the path of a file, such as host.html'],
    [['--out', '-'], '--out takes the path of a file, such as host.html'],
    [['--out', 'x.html', '--port', '1'], '--port goes with a page that is served, not with --out'],
    [['--out', 'x.html', '--no-open'], '--no-open goes with a page that is served, not with --out'],
    [['--include-serials'], '--include-serials goes with --out: a page that is served has all that the inputs hold'],
    [['--port', '65536'], '--port does not take "65536": wanted 1 to 65535, or 0 for one that is free'],
    [['--port', 'x'], '--port does not take "x": wanted 1 to 65535, or 0 for one that is free'],
    [['-', '-'], 'Cannot read standard input twice'],
  ];
  for (const [args, words] of WRONG)
    it(`refuses ${args.join(' ')}`, () => {
      assert.deepEqual(airlock(['explore', ...args]), { status: 2, stdout: '', stderr: `airlock: ${words}\n` });
    });
});
