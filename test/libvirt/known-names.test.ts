import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { skip } from './libvirt-root.ts';

test('tools/libvirt-tables.ts --check finds the committed table identical to what libvirt’s schemas give', { skip }, () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'tools/libvirt-tables.ts', '--check'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});
