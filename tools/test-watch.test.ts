import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const RUNNER = join(import.meta.dirname, 'test.ts');

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  readonly stderr: string;
  /** Whether the process that a test started, and named in a file, is still there. */
  readonly isChildLeft: boolean;
}

/** Runs a test file of its own with a deadline; `body` may write a process's number to the file `PID`. */
function runTests(body: string, seconds: number): Ended {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-watch-'));
  try {
    const pid = join(folder, 'pid');
    const source = `import { before, describe, test } from 'node:test';\nimport { spawnSync } from 'node:child_process';\nconst PID = ${JSON.stringify(pid)};\n${body}`;
    writeFileSync(join(folder, 'hanging.test.ts'), source);
    const { signal, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', RUNNER, folder], {
      encoding: 'utf8',
      env: { ...process.env, AIRLOCK_TEST_DEADLINE: String(seconds) },
      timeout: 60_000,
    });
    const isChildLeft = existsSync(pid) && existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}/cwd`);
    return { signal, status, stderr, isChildLeft };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HANGS: readonly (readonly [name: string, body: string, words: RegExp])[] = [
  [
    'in a wait',
    "describe('suite', () => { test('waits', () => new Promise(done => setTimeout(done, 99_000))); });",
    /^✖ the tests hang: none began or ended for 5 s\. It is "suite > waits", which began \d+ s ago$/m,
  ],
  [
    'in a call that blocks, and takes what it started with it',
    "test('blocks', () => void spawnSync('sh', ['-c', 'echo $$ > ' + PID + '; exec sleep 99']));",
    /^✖ the tests hang: .* It is "blocks", which began \d+ s ago$/m,
  ],
  [
    'in a hook',
    "describe('suite', () => { before(() => new Promise(done => setTimeout(done, 99_000))); test('never', () => {}); });",
    /^✖ the tests hang: .* It is what comes before or after a test; the last that was seen: "\S*hanging\.test\.ts" loads$/m,
  ],
];

for (const [name, body, words] of HANGS) {
  test(`watchTests ends tests that hang ${name}`, () => {
    const { signal, status, stderr, isChildLeft } = runTests(body, 5);
    assert.match(stderr, words);
    assert.ok(signal !== null || status !== 0);
    assert.equal(isChildLeft, false);
  });
}

test('watchTests leaves tests alone that go on, however long they take together', () => {
  const body = "for (let i = 0; i < 12; i++) test('one of many', () => new Promise(done => setTimeout(done, 500)));";
  assert.deepEqual(runTests(body, 5), { signal: null, status: 0, stderr: '', isChildLeft: false });
});

test('watchTests leaves no process behind, however soon the tests end', () => {
  const began = performance.now();
  // What it leaves would hold standard error open.
  assert.deepEqual(runTests("test('short', () => {});", 40), { signal: null, status: 0, stderr: '', isChildLeft: false });
  assert.ok(performance.now() - began < 40_000);
});
