/** Faults of ours, made by breaking what Node gives before the command is loaded: exit code 70, one line, and a stack only when it is asked for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { airlock, ENVIRONMENT, MAIN, ROOT } from './airlock.ts';
import { connect, Running } from './serving.ts';

const CAPTURE = join(ROOT, 'captures/synthetic-vtd-ats.json');
const ONE = ['-s', '01:00.0'];
const DEADLINE = 120_000;
const [BAR0, CONFIG] = [0, 7];
/** A dump of this size and more is viewed in threads. */
const LARGE = 16 * 1024 * 1024;

/** Runs `code` as soon as the command waits for a signal. */
const onceItWaits = (code: string): string => `
  const timer = setInterval(() => {
    if (process.listenerCount('SIGTERM') === 0) return;
    clearInterval(timer);
    ${code};
  }, 5);`;

/** Programs that run first, in every thread; each breaks something. */
const BROKEN = {
  'a method': "Array.prototype.flatMap = () => { throw new TypeError('out of order'); };",
  'what is no error': "Array.prototype.flatMap = () => { throw 'out of order'; };",
  'many lines': "Array.prototype.flatMap = () => { throw new TypeError('out of order\\n    at us'); };",
  'a promise': onceItWaits("void Promise.reject(new TypeError('out of order'))"),
  'a callback': onceItWaits("throw new TypeError('out of order')"),
  'standard input':
    "Object.defineProperty(process, 'stdin', { value: { async *[Symbol.asyncIterator]() { await new Promise(() => {}); } } });",
  'view threads': `
    import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads';
    os.availableParallelism = () => 4;
    syncBuiltinESMExports();
    if (!isMainThread) Buffer.prototype.write = () => { throw new TypeError('out of order'); };`,
  'serve threads': `
    import { isMainThread } from 'node:worker_threads';
    if (!isMainThread) DataView.prototype.getUint16 = () => { throw new TypeError('out of order'); };`,
  'a device': `
    import { isMainThread } from 'node:worker_threads';
    const { fill } = Uint8Array.prototype;
    if (!isMainThread) Uint8Array.prototype.fill = function (...how) {
      if (this.length === 3) throw new TypeError('out of order');
      return fill.apply(this, how);
    };`,
};

describe('a fault of airlock', () => {
  let folder = '';
  const running = new Set<Running>();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-fault-'));
  });
  afterEach(async () => {
    for (const server of running) await server.end('SIGKILL');
    running.clear();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function importing(what: keyof typeof BROKEN): string[] {
    const path = join(folder, 'broken.mjs');
    writeFileSync(path, BROKEN[what]);
    return ['--import', pathToFileURL(path).href];
  }

  function run(what: keyof typeof BROKEN, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    return spawnSync(process.execPath, [...importing(what), MAIN, ...args], {
      cwd: ROOT,
      env: { ...ENVIRONMENT, AIRLOCK_DEBUG: '', ...environment },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 28,
      timeout: DEADLINE,
    });
  }

  function start(what: keyof typeof BROKEN, ...args: readonly string[]): Running {
    const server = new Running(process.execPath, [...importing(what), MAIN, ...args], { AIRLOCK_DEBUG: '' });
    running.add(server);
    return server;
  }

  function assertFault(args: readonly string[], words: string, { status, stderr }: { status: number | null; stderr: string }): void {
    const line = `airlock: internal error in "airlock ${args.join(' ')}": ${words}; this is a fault of airlock: please report it`;
    assert.equal(stderr, `${line} with what AIRLOCK_DEBUG=1 makes it print\n`);
    assert.equal(status, 70);
  }

  const view = ['view', CAPTURE, ...ONE];
  const serve = () => ['serve', CAPTURE, ...ONE, '--socket', join(folder, 'x.sock')];

  it('in a command is told on one line, without a stack', () => {
    assertFault(view, 'out of order', run('a method', view));
    assertFault(view, 'out of order', run('what is no error', view));
    assertFault(view, 'out of order\\u000a    at us', run('many lines', view));
  });

  it('is followed by its stack and the versions under AIRLOCK_DEBUG=1', () => {
    const { status, stderr } = run('a method', view, { AIRLOCK_DEBUG: '1' });
    assert.equal(status, 70);
    const [line = '', versions = '', ...stack] = stderr.trimEnd().split('\n');
    assert.match(
      line,
      /^airlock: internal error in ".*": out of order; this is a fault of airlock: please report it with the lines below$/,
    );
    assert.match(versions, /^airlock \d+\.\d+\.\d+, Node v\d+\.\d+\.\d+, linux \w+$/);
    assert.equal(stack[0], 'TypeError: out of order');
    assert.ok(stack.length > 2);
  });

  it('quotes no more of a long command line than tells what it was', () => {
    const { stderr } = run('a method', [...view, '--property', `romfile=${'x'.repeat(1000)}`]);
    assert.match(stderr, /^airlock: internal error in "airlock view .{100,200}…": out of order; .*\n$/);
  });

  it('in a promise or a callback that nobody waits for ends it as any other', () => {
    for (const what of ['a promise', 'a callback'] as const) assertFault(serve(), 'out of order', run(what, serve()));
  });

  it('by which it waits for what never comes is told', () => {
    const args = ['view', '-'];
    const { status, stderr } = run('standard input', args);
    assert.match(
      stderr,
      /^airlock: internal error in "airlock view -": what it waits for does not come; this is a fault of airlock: .*\n$/,
    );
    assert.equal(status, 70);
  });

  it('in a thread of view is told as one of the command', () => {
    const path = join(folder, 'dump.txt');
    const { stdout } = airlock(['decode', CAPTURE, ...ONE, '-xxxx']);
    writeFileSync(path, `${stdout}\n`.repeat(Math.ceil(LARGE / stdout.length) + 1));
    const args = ['view', path, '--jsonl', '--no-bytes'];
    assertFault(args, 'out of order', run('view threads', args));
  });

  it('in a thread of serve ends that connection, is told, and is the exit code of --once', async () => {
    const told = /^airlock: \S+: the device failed, and begins anew: internal error: out of order; this is a fault of airlock: please .*$/m;
    for (const [more, code] of [
      [[], 0],
      [['--once'], 70],
    ] as const) {
      const server = start('serve threads', ...serve(), ...more);
      await server.says(/^Ready: /m);
      await assert.rejects(within(PATIENCE, 'the connection ends', connect(join(folder, 'x.sock'))));
      await server.says(told);
      assert.equal(more.length === 0 ? await server.end() : await within(PATIENCE, 'it ends', server.ended), code);
      assert.doesNotMatch(server.stderr, /^ {4}at /m);
    }
  });

  it('in a device that is served is an error to its client, who may go on, and is told', async () => {
    const server = start('a device', ...serve());
    await server.says(/^Ready: /m);
    const { client, close } = await within(PATIENCE, 'a client is connected', connect(join(folder, 'x.sock')));
    try {
      // A region that the device does not decode yet reads as ones.
      await assert.rejects(client.readRegion(BAR0, 0, 3), /refuses with error 5$/);
      await server.says(/: the device failed: internal error: out of order; this is a fault of airlock: /);
      assert.equal((await client.readRegion(CONFIG, 0, 4)).length, 4);
    } finally {
      await close();
    }
    assert.equal(await server.end(), 0);
  });
});
