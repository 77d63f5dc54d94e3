/** The committed tables of machines and devices are what the installed QEMU says, byte for byte. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';

const here = resolve(import.meta.dirname, '../..');
const isInstalled = spawnSync(resolve(here, 'test/oracle/install'), ['--print']).status === 0;
const skip =
  process.getuid?.() !== 0
    ? 'needs root: QEMU runs in a chroot'
    : isInstalled
      ? false
      : 'the oracle root is missing: run test/oracle/install';

for (const tool of ['tools/qemu-tables.ts', 'tools/qemu-drivers.ts', 'tools/qemu-objects.ts']) {
  test(`${tool} --check finds the committed tables identical to what QEMU says`, { skip }, () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', resolve(here, tool), '--check'], { cwd: here, encoding: 'utf8' });
    assert.equal(run.stderr, '');
    assert.equal(run.status, 0);
  });
}
