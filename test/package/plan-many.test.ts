/** airlock plan of folders with many definitions: threads, progress, readers that leave, interruption and bounds. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { airlock, ENVIRONMENT, MAIN, ROOT } from './airlock.ts';

/** As many as take threads. */
const FILES = 1000;
const HOST = join(ROOT, 'captures/vm-intel-iotlb.json');
/** Milliseconds that a run may take on a busy machine. */
const LONGEST = 2 * PATIENCE * 1000;
const CHANGE = ['--change', 'ats=off'] as const;

let folder = '';
const vms = (): string => join(folder, 'vms');
const command = (...more: readonly string[]): readonly string[] => ['plan', vms(), '--host', HOST, ...CHANGE, ...more];

/** Every 40th is no definition. */
const domain = (n: number): string =>
  n % 40 === 7
    ? `<domain><name>vm-${n}`
    : `<domain type='kvm'><name>vm-${n}</name><os><type arch='x86_64' machine='pc-q35-11.${n % 2}'>hvm</type></os>
<devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>
</devices></domain>
`;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-plan-many-'));
  mkdirSync(vms());
  for (let n = 0; n < FILES; n++) writeFileSync(join(vms(), `vm-${n}.xml`), domain(n));
});
after(() => rmSync(folder, { recursive: true }));

/** Why a program that a test is run with cannot be; false where it can. */
function lacks(program: string): string | false {
  return spawnSync(program, ['--version']).error === undefined ? false : `${program} is not installed`;
}

/** A shell's line that runs the command. */
const quoted = (words: readonly string[]): string => [process.execPath, MAIN, ...words].map(word => `'${word}'`).join(' ');

describe('airlock plan of many definitions', () => {
  const needsTwo = availableParallelism() < 2 ? 'there is one processor' : lacks('taskset');

  for (const more of [[], ['--json']]) {
    it(`prints the same on one processor and on all: ${more.join() || 'text'}`, { skip: needsTwo }, () => {
      const [first] = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.slice(1) ?? [];
      const options = { cwd: ROOT, env: ENVIRONMENT, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: LONGEST } as const;
      const one = spawnSync('taskset', ['-c', first ?? '0', process.execPath, MAIN, ...command(...more)], options);
      const all = airlock(command(...more));
      assert.equal(all.status, 2);
      assert.match(all.stderr, /^airlock: Cannot read .*\n(?:airlock: Cannot read .*\n){7}airlock: 17 more could not be read\n$/);
      assert.match(all.stdout, /guest loses ATS/);
      assert.deepEqual({ status: one.status, stdout: one.stdout, stderr: one.stderr }, all);
    });
  }

  it('ends without a word of its own where the reader of its output is gone', () => {
    const line = `set -o pipefail; ${quoted(command('--json'))} | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { env: ENVIRONMENT, encoding: 'utf8', timeout: LONGEST });
    assert.equal(stdout, '{\n0\n');
    assert.deepEqual(
      stderr.split('\n').filter(text => !/^(?:airlock: Cannot read .*|airlock: 17 more could not be read)?$/.test(text)),
      [],
    );
  });

  it('says on a terminal how far it is, and takes that away', { skip: lacks('script') }, () => {
    const line = `${quoted(command())} 2>&1`;
    const text = execFileSync('script', ['-qec', `${line}; true`, '/dev/null'], {
      env: ENVIRONMENT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LONGEST,
    });
    assert.match(text, /\r\d+ of 1000 definitions/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the order to the terminal
    assert.match(text, /\r\u001b\[K(?:airlock: .*\r\n)?975 VMs on 1 host/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the same
    assert.doesNotMatch(text, /definitions(?:\u001b\[K)?airlock/);
  });

  it('ends with 130 at Ctrl-C, at once, and leaves nothing', { skip: lacks('script') }, async () => {
    const pid = join(folder, 'pid');
    const hosts = Array.from({ length: 40 }, () => ['--host', HOST]).flat();
    const line = `echo $$ > '${pid}'; exec ${quoted([...command(), ...hosts])}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise(resolve => child.once('close', resolve));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', part => {
      text += part;
    });
    try {
      await until('it says how far it is', () => /of 1000 definitions/.test(text));
      child.stdin.write('\u0003');
      assert.equal(await within(PATIENCE, 'it ends', ended), 130, text);
      assert.ok(!existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`));
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses a folder whose files are too large together', () => {
    const large = join(folder, 'large');
    mkdirSync(large);
    for (const name of ['a.xml', 'b.xml', 'c.xml']) {
      const fd = openSync(join(large, name), 'w');
      // A hole takes no room.
      ftruncateSync(fd, 2 ** 30);
      closeSync(fd);
    }
    const { status, stderr } = airlock(['plan', large, '--host', HOST]);
    assert.equal(status, 2);
    assert.equal(stderr, `airlock: Cannot read ${large}: its files have more than 2147483648 bytes together, which is the most\n`);
  });
});
