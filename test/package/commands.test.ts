/** The commands as a user meets them: exit codes, JSON, help, completion, pipes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { airlock, ROOT } from './airlock.ts';

const CAPTURE = join(ROOT, 'captures/synthetic-smmuv3-no-ats.json');
const ADDRESS = '0000:01:00.0';

interface View {
  bdf: string;
  outcome: string;
  error: { code: string; message: string } | null;
  warnings: { code: string }[];
  properties: Record<string, { value: unknown; source: string }>;
  capabilities: { kind: string; id: string; name: string; offset: string; status: string; reason: { code: string } | null }[];
  host?: string;
  guest?: string | null;
}

const views = (args: readonly string[]) =>
  (JSON.parse(airlock(['view', CAPTURE, '--json', ...args]).stdout) as { devices: View[] }).devices;

describe('airlock view', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-commands-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('ends with 1 where a device fails to realize, and with 0 where none does', () => {
    assert.equal(airlock(['view', CAPTURE, '-s', ADDRESS, '--ats', 'on']).status, 1);
    assert.equal(airlock(['view', CAPTURE, '-s', ADDRESS, '--ats', 'auto']).status, 0);
  });

  it('--strict makes a warning end with 1', () => {
    assert.equal(airlock(['view', CAPTURE, '-s', ADDRESS, '--strict']).status, 1);
    assert.equal(airlock(['view', CAPTURE, '-s', ADDRESS, '--ats', 'off', '--strict']).status, 0);
  });

  it('--json has the published shape, ids and offsets as hex strings', () => {
    const [device] = views(['-s', ADDRESS]);
    assert.equal(device.bdf, ADDRESS);
    assert.equal(device.outcome, 'realized');
    assert.deepEqual(device.properties.ats, { value: 'auto', source: 'default' });
    const ats = device.capabilities.find(({ name }) => name === 'ATS');
    assert.equal(ats?.id, '0x000f');
    assert.equal(ats?.status, 'hidden');
    assert.equal(ats?.reason?.code, 'ats.masked.kernel-unsupported');
    assert.match(ats?.offset ?? '', /^0x[0-9a-f]{3}$/);
    assert.equal(device.host?.length, 8192);
    assert.equal(device.guest?.length, 8192);
    assert.ok(device.warnings.some(({ code }) => code === 'ats.masked.kernel-unsupported'));
  });

  it('--json gives the error of a failure and no guest bytes', () => {
    const [device] = views(['-s', ADDRESS, '--ats', 'on']);
    assert.equal(device.outcome, 'failed');
    assert.deepEqual(device.error, {
      code: 'ats.required.kernel-unsupported',
      message: 'vfio-pci: ATS requested but not supported by kernel',
    });
    assert.equal(device.guest, null);
  });

  it('--machine of 11.0 brings ats=on by a compat row in the airlock profile alone', () => {
    assert.deepEqual(views(['-s', ADDRESS, '-M', 'pc-q35-11.0'])[0].properties.ats, { value: 'on', source: 'compat row of pc-q35-11.0' });
    assert.deepEqual(views(['-s', ADDRESS, '-M', 'pc-q35-11.0', '--profile', 'qemu-11.1'])[0].properties.ats, {
      value: 'auto',
      source: 'default',
    });
  });

  it('--jsonl gives what --json gives, a device a line', () => {
    const lines = airlock(['view', CAPTURE, '--jsonl']).stdout.trimEnd().split('\n');
    assert.deepEqual(
      lines.map(line => JSON.parse(line)),
      views([]),
    );
  });

  it('--write saves the guest bytes of one device', () => {
    const path = join(folder, 'guest.bin');
    assert.equal(airlock(['view', CAPTURE, '-s', ADDRESS, '--write', path]).status, 0);
    assert.equal(statSync(path).size, 4096);
    assert.equal(readFileSync(path).toString('hex'), views(['-s', ADDRESS])[0].guest);
    assert.equal(airlock(['compare', '--raw', path, path]).status, 0);
  });

  it('--explain names the first link that breaks', () => {
    const { stdout } = airlock(['view', CAPTURE, '-s', ADDRESS, '--explain']);
    assert.match(stdout, /Why does the guest not see ATS\?[\s\S]*✗ kernel report[\s\S]*\^ the first link that breaks/);
  });

  it('no line of its text is wider than 80 columns', () => {
    const { stdout } = airlock(['view', CAPTURE, '--explain']);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.length > 80 && !/^[0-9a-f]{4}:/.test(line)),
      [],
    );
  });

  it('a large dump viewed by threads gives what a stream gives, and the line of a fault', () => {
    const [gpu] = views(['-s', ADDRESS]);
    const rows = (gpu.host ?? '')
      .match(/.{32}/g)
      ?.map((row, i) => `${(16 * i).toString(16).padStart(2, '0')}: ${row.match(/../g)?.join(' ')}`);
    const dump = Array.from(
      { length: 1500 },
      (_, i) => `${(i >> 8).toString(16).padStart(4, '0')}:${(i & 255).toString(16).padStart(2, '0')}:00.0 3D\n${rows?.join('\n')}\n\n`,
    );
    const path = join(folder, 'large.txt');
    writeFileSync(path, dump.join(''));
    assert.ok(statSync(path).size > 16 * 1024 * 1024);
    const threads = airlock(['view', path, '--jsonl', '--no-bytes', '--hw-caps', '0x8', '--ats', 'on']);
    const stream = airlock(['view', '-', '--jsonl', '--no-bytes', '--hw-caps', '0x8', '--ats', 'on'], dump.join(''));
    assert.equal(threads.status, 1);
    assert.equal(threads.stdout, stream.stdout);
    assert.equal(threads.stdout.split('\n').length, 1501);
    writeFileSync(path, dump.join('').replace(/(0005:10:00\.0 3D\n00: )../, '$1zz'));
    const fault = airlock(['view', path, '--jsonl', '--no-bytes']);
    assert.equal(fault.status, 2);
    assert.match(fault.stderr, new RegExp(`line ${258 * 0x510 + 2}, column 5: "zz" is no byte`));
    assert.equal(fault.stdout.split('\n').length, 0x510 + 1);
  });

  it('a reader that goes away is no fault', () => {
    const result = spawnSync('sh', ['-c', `"${process.execPath}" dist/cli/main.js view ${CAPTURE} --json | head -c 10; echo " $?"`], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    assert.equal(result.stderr, '');
  });

  it('gzip and standard input are inputs like a file', () => {
    const text = readFileSync(CAPTURE);
    const plain = airlock(['view', CAPTURE, '--json']).stdout;
    assert.equal(airlock(['view', '-', '--json'], text).stdout, plain);
    assert.equal(airlock(['view', '-', '--json'], gzipSync(text)).stdout, plain);
    const path = join(folder, 'capture.json.gz');
    writeFileSync(path, gzipSync(text));
    assert.equal(airlock(['view', path, '--json']).stdout, plain);
  });
});

describe('airlock', () => {
  it('prints its version whichever way it is asked', () => {
    const asked = [['--version'], ['-v'], ['-V'], ['version']].map(args => airlock(args));
    for (const { stdout, status } of asked) assert.deepEqual([stdout, status], [asked[0]?.stdout, 0]);
    assert.match(asked[0]?.stdout ?? '', /^airlock \d+\.\d+\.\d+\n$/);
  });

  it('machines NAME shows one machine type, by its name or its alias', () => {
    assert.match(airlock(['machines', 'pc-q35-11.0']).stdout, /^pc-q35-11\.0\n(?: {2}\S+ +\S+\n)+$/);
    const { machines } = JSON.parse(airlock(['machines', 'q35', '--json']).stdout) as { machines: { name: string }[] };
    assert.deepEqual(
      machines.map(({ name }) => name),
      ['pc-q35-11.1'],
    );
  });

  it('properties lists all, shows one whole, and gives both as JSON', () => {
    const all = airlock(['properties']).stdout;
    for (const name of ['ats=OnOffAuto', 'host=str', 'x-vga=bool']) assert.match(all, new RegExp(`^${name} \\(default `, 'm'));
    const one = airlock(['properties', 'ats']).stdout;
    assert.equal(airlock(['properties', 'vfio-pci.ats']).stdout, one);
    assert.match(one, /^vfio-pci\.ats\n[\s\S]* takes +auto, on or off\n[\s\S]* rows +on: pc-i440fx-5\.2 to pc-i440fx-11\.0/);
    const { properties } = JSON.parse(airlock(['properties', 'ats', '--json', '--driver', 'arm-smmuv3']).stdout) as {
      properties: { name: string; versions: object }[];
    };
    assert.deepEqual(
      properties.map(({ name, versions }) => [name, versions]),
      [['ats', { '10.0': 'unknown', '11.1': 'there' }]],
    );
  });

  it('--version prints one line, --help lists every command, and no command ends with 2', () => {
    assert.match(airlock(['--version']).stdout, /^airlock \d+\.\d+\.\d+\n$/);
    const { stdout, status } = airlock(['--help']);
    assert.equal(status, 0);
    for (const command of ['view', 'decode', 'compare', 'machines', 'properties', 'demo', 'completion']) {
      assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
      const help = airlock([command, '--help']);
      assert.equal(help.status, 0);
      assert.match(help.stdout, /\nExamples:\n/);
      assert.deepEqual(
        help.stdout.split('\n').filter(line => line.length > 80),
        [],
        command,
      );
    }
    assert.equal(airlock([]).status, 2);
  });

  it('compare follows diff: 0 the same, 1 different', () => {
    const args = ['compare', CAPTURE, CAPTURE, '-s', ADDRESS];
    assert.deepEqual(airlock(args), { status: 0, stdout: '', stderr: '' });
    const different = airlock([...args, '--b-ats', 'off', '--b-hw-caps', '0x0', '--hw-caps', '0x0']);
    assert.equal(different.status, 1);
    assert.match(different.stdout, /ATS \[[0-9a-f]+\]: there \| -/);
  });

  it('decode --json has every capability with its fields', () => {
    const { devices } = JSON.parse(airlock(['decode', CAPTURE, '-s', ADDRESS, '--json']).stdout) as {
      devices: { capabilities: { name: string; fields: { capability?: unknown } }[]; findings: unknown[] }[];
    };
    assert.ok(devices[0].capabilities.length >= 12);
    assert.ok(devices[0].capabilities.find(({ name }) => name === 'ATS')?.fields.capability);
    assert.deepEqual(devices[0].findings, []);
  });

  it('machines --json holds the row of the mission in the airlock profile alone', () => {
    const rows = (profile: string) =>
      (
        JSON.parse(airlock(['machines', '--json', '--profile', profile]).stdout) as { machines: { name: string; rows: object[] }[] }
      ).machines.find(({ name }) => name === 'pc-q35-11.0')?.rows;
    const row = { driver: 'vfio-pci', property: 'ats', value: 'on' };
    assert.ok(rows('airlock')?.some(other => JSON.stringify(other) === JSON.stringify(row)));
    assert.ok(!rows('qemu-11.1')?.some(other => JSON.stringify(other) === JSON.stringify(row)));
  });

  it('completion prints a script for each shell; what each makes of it is tested where the shells are', () => {
    const { stdout } = airlock(['completion', 'bash']);
    execFileSync('bash', ['-n', '-c', stdout], { timeout: 20_000 });
    for (const shell of ['bash', 'zsh', 'fish']) assert.match(airlock(['completion', shell]).stdout, / __complete /);
    assert.equal(airlock(['__complete', 'view', '--profile=qemu-10']).stdout, 'words\n--profile=qemu-10.0\t\n');
  });
});
