/** Test files are loaded in one process, all of them before the first test begins. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

test('importTests begins no test before all files are loaded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-import-'));
  try {
    const first = "import { test } from 'node:test';\ntest('first', () => console.log('a test begins'));\n";
    // Of a file that the loader has not seen before: it has to work for it.
    const last = `await new Promise(done => setTimeout(done, 500));\nconsole.log('the last file of ${folder} is loaded');\n`;
    writeFileSync(join(folder, 'a.test.ts'), first);
    writeFileSync(join(folder, 'b.test.ts'), last);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const words = ['--import', 'tsx', '--test-reporter=spec', join(import.meta.dirname, 'test.ts'), folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /is loaded\n.*a test begins\n/s);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
