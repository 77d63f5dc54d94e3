/** The JSON of attach and ctl about a served device, real as they print it, against the published schemas. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import { assertPublished } from '../fixtures/published-schemas.ts';
import { airlock } from './airlock.ts';
import { connect, endServers, startServer } from './serving.ts';

const CAPTURE = 'captures/synthetic-vtd-ats.json';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-reports-'));
});
afterEach(endServers);
after(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);
const serve = (...args: readonly string[]) =>
  startServer(CAPTURE, '-s', '01:00.0', '--socket', path('gpu.sock'), '--control', path('control'), ...args);

function check(name: Parameters<typeof assertPublished>[0], ...args: readonly string[]): void {
  const { stdout, stderr } = airlock([...args, '--json']);
  assert.notEqual(stdout, '', stderr);
  assertPublished(name, stdout, args.join(' '));
}
const ctl = (request: 'list' | 'show' | 'counters' | 'end' | 'set' | 'unset', ...words: readonly string[]): void =>
  check(`ctl-${request}`, 'ctl', path('control'), request, ...words);

it('the published schemas of attach and ctl hold for a device, its changes and its client', { timeout: 120_000 }, async () => {
  await serve('--ats', 'auto');
  check('attach', 'attach', path('gpu.sock'));
  ctl('list');
  ctl('show');
  ctl('counters');
  const first = await connect(path('gpu.sock'));
  ctl('set', 'ats=off', 'x-pci-vendor-id=0x1234');
  ctl('list');
  ctl('show', 'gpu');
  ctl('unset', 'gpu', 'ats');
  ctl('end');
  await first.close();
  ctl('end');
  ctl('unset');
});

it('the published schemas of attach and ctl hold under the profile raw', { timeout: 120_000 }, async () => {
  await serve('--profile', 'raw');
  check('attach', 'attach', path('gpu.sock'));
  for (const request of ['list', 'show', 'counters', 'end'] as const) ctl(request);
});

it('the published schemas of attach and ctl hold for a device of which 64 bytes are known', { timeout: 120_000 }, async () => {
  const dump = airlock(['decode', CAPTURE, '-s', '01:00.0', '-x']).stdout.split('\n').slice(0, 5).join('\n');
  writeFileSync(path('part.txt'), `${dump}\n`);
  await startServer(path('part.txt'), '--socket', path('part.sock'), '--control', path('control'));
  check('attach', 'attach', path('part.sock'));
  ctl('show');
  ctl('set', 'multifunction=on');
});
