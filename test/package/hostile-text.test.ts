/** Text of a capture, a dump, a file's name, a server or the host reaches no terminal with characters that it would obey. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { captureSchema } from '../../src/pure/capture/index.ts';
import { ROOT } from './airlock.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');
const SOURCES = join(ROOT, 'src');

/** A title, a bell, a colour, line ends, C1, DEL, marks of direction, separators, half a character. */
const HOSTILE = 'x\u001b]0;t\u0007\u001b[31mr\u001b[0m\n\r\u0085\u009b2J\u007f\u202e\u2066\u200f\u2028\u2029\ud800y';
/** What our own text consists of: no control characters but line ends and tabs. */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;

/** The sequences of our painter. */
const OURS = new RegExp(`${'\u001b'}\\[(?:0|1|2|31|32|33)m`, 'g');

const FILE = { path: '/dev/iommu', mode: '0660', uid: 0, gid: 0 };
const CHECK = { code: 'c', status: 'pass', text: 't' };

const DEVICE = {
  address: '0000:01:00.0',
  description: 'd',
  config: `86803412060410000100000200000000${'00'.repeat(48)}??`,
  vfio: `86803412060410000100000200000000${'00'.repeat(48)}??`,
  configBits: [{ at: '0x40', mask: '0f', value: '01' }],
  vfioBits: [{ at: '0x40', mask: '0f', value: '01' }],
  bars: [{ index: 0, size: '0x4000', kind: 'memory', width: 64, prefetchable: true }],
  virtualFunction: { vendorId: '0x8086', deviceId: '0x1512', bars: [4, 0, 0, 12, 0, 0] },
  driver: 'd',
  iommuGroup: { number: 1, type: 't', members: ['m'], file: FILE },
  numaNode: 0,
  sriov: { totalVfs: 8, physicalFunction: '0000:01:00.0', virtualFunctions: ['0000:01:00.1'] },
  resetMethods: ['flr'],
  cdev: FILE,
  above: ['0000:00:1c.0'],
  reportedAtomicOps: '0x0',
  iommu: { backend: 'iommufd', hwInfo: { type: '0x2', data: '', capabilities: '0x8', maxPasidLog2: 20 } },
  notAsked: 'n',
  checks: [CHECK],
  redacted: [{ at: '0x10', length: 4, what: 'BAR 0' }],
};
/** All that a capture can hold: each string of it is made hostile in turn. */
const CAPTURE = {
  $schema: 's',
  schemaVersion: 2,
  format: 'airlock-capture',
  description: 'd',
  synthetic: true,
  redacts: ['serials'],
  time: '2026-11-28T18:00:00Z',
  host: {
    kernel: '7.3.4',
    architecture: 'a',
    noAts: false,
    id: { from: 'machine-id', hash: '0'.repeat(32) },
    kernelOptions: ['o'],
    iommus: [{ kind: 'k', attributes: { ecap: 'e' }, devices: ['d'] }],
    iommufd: FILE,
    vfioContainer: FILE,
    modules: [{ name: 'vfio', state: 'loaded', parameters: { parameter: 'p' } }],
    numaNodes: [{ node: 0, distances: [10], cpus: '0' }],
    checks: [CHECK],
  },
  devices: [DEVICE, { ...DEVICE, address: '0000:02:00.0', iommu: undefined }],
  bridges: [{ address: '0000:00:1c.0', config: '8680??', configBits: [{ at: '0x2', mask: '0f', value: '01' }], redacted: DEVICE.redacted }],
};

type Path = readonly (string | number)[];

/** Where strings stand in a value, and the names of its members. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => places(part, [...path, name]));
}

/** A copy with the value at `path` replaced by what `change` makes of it, or with its name replaced. */
function changed(value: unknown, [first, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.assign(copy, { [first]: changed((value as Record<string, unknown>)[first], rest, change) });
  return copy;
}

interface Schema {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly value?: Schema;
}

/** Places of a schema where a string may stand, an item of a list or a record as `*`. */
function schemaPlaces({ type, entries, wrapped, item, value }: Schema, path: readonly string[] = []): string[] {
  if (entries !== undefined) return Object.entries(entries).flatMap(([name, entry]) => schemaPlaces(entry, [...path, name]));
  if (wrapped !== undefined) return schemaPlaces(wrapped, path);
  if (item !== undefined) return schemaPlaces(item, [...path, '*']);
  if (type === 'record' && value !== undefined) return schemaPlaces(value, [...path, '*']);
  return type === 'string' || type === 'picklist' || type === 'literal' ? [path.join('.')] : [];
}

describe('airlock with hostile text', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-hostile-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a command, and scans all that it printed; what our painter adds is taken away first. */
  function scan(args: readonly string[], { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {}): string {
    const given = { ...process.env, AIRLOCK_PCI_IDS: '/dev/null', ...env };
    const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { NO_COLOR: '', FORCE_COLOR: '', ...given },
      input,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.notEqual(status, null, args.join(' '));
    check(`${stdout}${stderr}`, args);
    return `${stdout}${stderr}`;
  }

  function check(text: string, args: readonly string[]): void {
    const found = OBEYED.exec(text);
    const place = found === null ? '' : JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20));
    assert.equal(found, null, `${args.join(' ')} prints ${place}`);
    assert.doesNotMatch(text, /^[^\\]*\ny$/m);
  }

  /** Choices that are numbers. */
  const NUMBERS = ['schemaVersion', 'devices.*.bars.*.width'];

  it('covers every string of the schema of captures', () => {
    const wanted = new Set(schemaPlaces(captureSchema as unknown as Schema));
    const covered = new Set(
      places(CAPTURE).map(path =>
        path.map(part => (/^\d+$/.test(String(part)) || part === 'ecap' || part === 'parameter' ? '*' : part)).join('.'),
      ),
    );
    const left = [...wanted].filter(place => !covered.has(place) && !NUMBERS.includes(place));
    assert.deepEqual(left, []);
    assert.ok(wanted.size > 20, [...wanted].join(' '));
  });

  it('prints no string of a capture as it is', () => {
    const path = join(folder, 'c.json');
    const accepted = ['$schema', 'description', 'kernel', 'architecture', 'kernelOptions', 'iommus', 'parameter', 'cpus', 'code', 'text'];
    const more = ['driver', 'notAsked', 'what', 'type', 'members', 'resetMethods'];
    const all = places(CAPTURE)
      .filter(place => !place.includes('hwInfo') && [...accepted, ...more].some(name => place.includes(name)))
      .reduce<unknown>((value, place) => changed(value, place, () => HOSTILE), CAPTURE);
    writeFileSync(path, JSON.stringify(all));
    const socket = join(folder, 'none', 's.sock');
    const commands = [
      ['view', path],
      ['view', path, '--explain', '--ats', 'on'],
      ['view', path, '--json'],
      ['view', path, '--jsonl'],
      ['view', path, '--bytes', 'vfio', '--strict'],
      ['decode', path, '-v', '-x'],
      ['decode', path, '--json'],
      ['compare', path, path, '-s', '01:00.0', '--b-s', '02:00.0'],
      ['compare', path, path, '-s', '01:00.0', '--json'],
      ['serve', path, '-s', '01:00.0', '--ats', 'on', '--socket', socket],
    ];
    for (const args of commands) scan(args);
    assert.match(scan(['view', path, '-s', '02:']), /x\\u001b\]0;t\\u0007\\u001b\[31mr\\u001b\[0m\\u000a\\u000d/);
  });

  it('prints no string that the schema refuses as it is, nor the name of a member', () => {
    const path = join(folder, 'wrong.json');
    for (const place of places(CAPTURE)) {
      writeFileSync(path, JSON.stringify(changed(CAPTURE, place, () => HOSTILE)));
      scan(['decode', path, '--json']);
    }
    for (const place of [
      [],
      ['host'],
      ['devices', 0],
      ['devices', 0, 'iommu'],
      ['host', 'iommus', 0, 'attributes'],
      ['host', 'modules', 0, 'parameters'],
    ]) {
      writeFileSync(path, JSON.stringify(changed(CAPTURE, place, part => ({ ...(part as object), [HOSTILE]: HOSTILE }))));
      scan(['view', path]);
    }
    writeFileSync(path, `{"a": ${HOSTILE}`);
    scan(['view', path]);
  });

  it('lets its own colours through, and no others', () => {
    const path = join(folder, 'colour.json');
    writeFileSync(path, JSON.stringify({ ...CAPTURE, devices: [{ ...DEVICE, description: HOSTILE, notAsked: HOSTILE }] }));
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, [MAIN, 'view', path], {
        env: { ...process.env, NO_COLOR: '', ...env },
        encoding: 'utf8',
        timeout: 60_000,
      }).stdout;
    const coloured = run({ FORCE_COLOR: '1' });
    assert.ok(coloured.includes('\u001b[2m') && coloured.includes('\u001b[0m'));
    assert.ok(!coloured.includes('\u001b[31mr'), 'a colour of the capture');
    check(coloured.replace(OURS, ''), ['view']);
    assert.equal(coloured.replace(OURS, ''), run({ NO_COLOR: '1' }));
  });

  it('prints names of files, operands and rows of dumps escaped', () => {
    const name = 'a\u001b[31m\nb\u0007.txt';
    writeFileSync(join(folder, name), `00:01.0 x\n00: 86 80 zz\u001b[2J\n`);
    for (const args of [
      ['view', name],
      ['decode', name],
      ['view', `none-${name}`],
      ['compare', name, name],
      ['serve', name, '--socket', `x/${name}`],
      ['attach', name],
      ['ctl', name],
      ['view', '-', '-s', name],
      ['view', name, '-d', name],
      ['view', name, '-p', name],
      ['view', name, '--machine', name],
      ['view', name, `--${name}`],
      ['doctor', name],
      ['bind', name],
      [name],
    ]) {
      scan(args);
    }
    scan(['view', '-'], { input: `00:01.0 x\n0x0010 00 00 00 00 \u001b[2J 00 00\n> 00: 00 00 00 00 \u009b 00 00 00\n` });
  });

  it('prints names of pci.ids escaped', () => {
    const ids = join(folder, 'pci.ids');
    writeFileSync(
      ids,
      `8086  Vendor \u001b[31m\u0007\u202e\n\t1234  Device \u009b2J\u007f\nC 02  Class \u001b]0;x\u0007\n\t00  Sub \u001b[1m\n`,
    );
    const path = join(folder, 'names.txt');
    writeFileSync(path, `00:01.0 x\n00: 86 80 34 12 00 00 00 00 00 00 00 02 00 00 00 00\n`);
    for (const args of [
      ['view', path],
      ['decode', path, '-v'],
    ]) {
      assert.match(scan(args, { env: { AIRLOCK_PCI_IDS: ids } }), /Vendor \\u001b\[31m/);
    }
  });

  it('prints what a control socket answers escaped', { timeout: 60_000 }, async () => {
    const path = join(folder, 'ctl.sock');
    const { control, airlock } = { control: 1, airlock: HOSTILE };
    const answers = [
      { error: { code: 'refused', message: HOSTILE } },
      { error: { code: 'internal', message: HOSTILE } },
      { error: { code: HOSTILE, message: HOSTILE } },
      { result: { [HOSTILE]: HOSTILE } },
      {
        result: {
          devices: [
            {
              name: HOSTILE,
              socket: HOSTILE,
              source: HOSTILE,
              profile: HOSTILE,
              machine: HOSTILE,
              isConnected: false,
              ats: null,
              set: [HOSTILE],
              hasNext: true,
            },
          ],
        },
      },
    ];
    for (const answer of answers) {
      const server = createServer(socket => {
        socket.on('error', () => {});
        socket.write(`${JSON.stringify({ control, airlock })}\n`);
        socket.once('data', () => socket.end(`${JSON.stringify(answer)}\n`));
      });
      await new Promise<void>(resolve => server.listen(path, resolve));
      const text = await new Promise<string>((resolve, reject) => {
        const child = spawn(process.execPath, [MAIN, 'ctl', path], { env: { ...process.env, NO_COLOR: '1' }, timeout: 20_000 });
        let told = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (part: Buffer) => {
            told += part.toString('utf8');
          });
        }
        child.on('error', reject);
        child.on('close', () => resolve(told));
      });
      check(text, ['ctl', JSON.stringify(answer)]);
      assert.notEqual(text, '');
      await new Promise(resolve => server.close(resolve));
    }
  });
});

describe('the sources of airlock', () => {
  it('write to standard output and error in one file alone', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    const writers = files.filter(name =>
      /process\.std(?:out|err)\.write|console\.\w+\(|writeSync\([12STD]/.test(readFileSync(join(SOURCES, name), 'utf8')),
    );
    assert.deepEqual(writers, []);
    const raw = files.filter(name => /\bprintBytes\(/.test(readFileSync(join(SOURCES, name), 'utf8')));
    assert.deepEqual(raw.sort(), ['cli/output.ts', 'cli/parallel-view/view-in-parallel.ts']);
  });
});
