/** Output and sockets that cannot be had: one line that says what and why, exit code 2, and nothing about a fault of ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ENVIRONMENT, MAIN, ROOT } from './airlock.ts';

const CAPTURE = join(ROOT, 'captures/synthetic-vtd-ats.json');
const ONE = ['-s', '01:00.0'];
const DEADLINE = 60_000;
/** Some user who is not root. */
const OTHER = 65534;
/** Root without what lets it into everybody's files (capabilities(7)). */
const WITHOUT_OVERRIDE = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

interface Run {
  readonly stdout?: number | 'pipe';
  readonly stderr?: number | 'pipe';
  /** What runs the command. */
  readonly under?: readonly string[];
}

function airlock(args: readonly string[], { stdout = 'pipe', stderr = 'pipe', under = [] }: Run = {}) {
  const [file = '', ...words] = [...under, process.execPath, MAIN, ...args];
  return spawnSync(file, words, {
    cwd: ROOT,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['ignore', stdout, stderr],
    timeout: DEADLINE,
  });
}

function assertRefused(args: readonly string[], words: RegExp, run: Run = {}): void {
  const { status, stderr } = airlock(args, run);
  assert.equal(status, 2, stderr);
  assert.match(stderr, words);
  assert.doesNotMatch(stderr, /internal error|fault of airlock|\n./);
}

describe('what cannot be written', () => {
  let folder = '';
  let full = -1;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-unwritable-'));
    writeFileSync(join(folder, 'file'), '');
    full = openSync('/dev/full', 'w');
  });
  after(() => {
    closeSync(full);
    rmSync(folder, { recursive: true, force: true });
  });

  const COMMANDS: readonly (readonly string[])[] = [
    ['--help'],
    ['view', '--help'],
    ['--version'],
    ['view', CAPTURE],
    ['view', CAPTURE, '--json'],
    ['view', CAPTURE, '--jsonl'],
    ['decode', CAPTURE, '-v'],
    ['compare', CAPTURE, CAPTURE, ...ONE, '--b-ats', 'off'],
    ['machines'],
    ['doctor'],
    ['demo'],
    ['completion', 'bash'],
  ];
  for (const args of COMMANDS) {
    it(`standard output that is full is told: airlock ${args.join(' ').replaceAll(CAPTURE, 'CAPTURE')}`, () => {
      assertRefused(args, /^airlock: Cannot write to standard output: no space is left on the device$/m, { stdout: full });
    });
  }

  it('standard error that is full changes no exit code', () => {
    assert.equal(airlock(['view', 'nothing.txt'], { stderr: full }).status, 2);
    assert.equal(
      airlock(['view', CAPTURE, ...ONE, '--ats', 'on', '--hw-caps', '8', '--write', join(folder, 'x')], { stderr: full }).status,
      1,
    );
  });

  it('a reader that goes away is no news', () => {
    const { status, stderr, stdout } = spawnSync('sh', ['-c', '"$0" "$@" | head -n 1', process.execPath, MAIN, 'view', CAPTURE], {
      cwd: ROOT,
      env: ENVIRONMENT,
      encoding: 'utf8',
      timeout: DEADLINE,
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
  });

  it('view --write says what cannot be written', () => {
    const write = (path: string) => ['view', CAPTURE, ...ONE, '--write', path];
    assertRefused(write('/dev/full'), /^airlock: Cannot write \/dev\/full: no space is left on the device$/m);
    assertRefused(write(folder), /: it is a directory, wanted a file$/m);
    assertRefused(write(join(folder, 'none/x')), /: no such file or directory$/m);
    assertRefused(write(join(folder, 'file/x')), /: a part of the path is no directory$/m);
  });

  const SOCKETS: readonly (readonly [what: string, path: string, words: RegExp])[] = [
    ['whose folder is not there', 'none/x.sock', /Cannot create the socket \S+\/none\/x\.sock: there is no folder \S+\/none$/m],
    ['below a file', 'file/x.sock', /Cannot create the socket \S+\/file\/x\.sock: ENOTDIR, a part of its path is no folder$/m],
    ['that is a file', 'file', /Cannot listen on \S+\/file: there is a file of that name, which is no socket$/m],
  ];
  for (const [what, path, words] of SOCKETS) {
    it(`serve refuses a socket ${what}, for a VMM and for control`, () => {
      assertRefused(['serve', CAPTURE, ...ONE, '--socket', join(folder, path)], words);
      const good = join(folder, 'good.sock');
      assertRefused(['serve', CAPTURE, ...ONE, '--socket', good, '--control', join(folder, path)], words);
      assert.ok(!existsSync(good));
    });
  }

  it('serve refuses a port that another process has', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const args = ['serve', CAPTURE, ...ONE, '--socket', join(folder, 'm.sock'), '--metrics', String(port)];
      assertRefused(args, new RegExp(`^airlock: --metrics: Cannot listen on 127\\.0\\.0\\.1:${port}: another process listens there$`, 'm'));
    } finally {
      server.close();
    }
  });

  it('serve refuses a folder of sockets below a file', () => {
    const sources = join(folder, 'sources');
    mkdirSync(sources);
    writeFileSync(join(sources, 'gpu.bin'), new Uint8Array(256).fill(0));
    assertRefused(
      ['serve', sources, '--socket', join(folder, 'file/sockets')],
      /Cannot make the directory \S+\/file\/sockets: a part of the path/,
    );
  });

  const isRoot = process.getuid?.() === 0;
  it('what a user may not write or look into is told to that user', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    if (isRoot) chownSync(closed, OTHER, OTHER);
    chmodSync(closed, isRoot ? 0o700 : 0o000);
    const run = isRoot ? { under: WITHOUT_OVERRIDE } : {};
    const denied = join(closed, 'x');
    assertRefused(['view', CAPTURE, ...ONE, '--write', denied], /^airlock: Cannot write \S+\/closed\/x: permission denied$/m, run);
    const words = /Cannot create the socket \S+\/closed\/x: EACCES, this user may not write to its folder$/m;
    assertRefused(['serve', CAPTURE, ...ONE, '--socket', denied], words, run);
    assertRefused(
      ['serve', denied, '--socket', join(folder, 'good.sock')],
      /^airlock: Cannot read \S+\/closed\/x: permission denied$/m,
      run,
    );
    chmodSync(closed, 0o700);
  });
});
