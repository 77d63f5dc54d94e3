/**
 * Commands that read captures, dumps and definitions need nothing of the machine that they run on: no native code, no file of the kernel's,
 * so that they run on macOS and Windows too.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ENVIRONMENT, MAIN, ROOT } from './airlock.ts';
import { temporaryFiles } from './temporary-files.ts';

const HOOK = join(import.meta.dirname, 'no-host.cjs');
const [AMD, INTEL] = ['captures/vm-amd.json', 'captures/vm-intel-iotlb.json'];

function run(args: readonly string[], platform?: string) {
  const env = { ...ENVIRONMENT, ...(platform !== undefined && { AIRLOCK_TEST_PLATFORM: platform }) };
  return spawnSync(process.execPath, ['--require', HOOK, ...args], { cwd: ROOT, env, encoding: 'utf8', timeout: 60_000 });
}

describe('commands on captures', { timeout: 600_000 }, () => {
  const write = temporaryFiles('airlock-no-host-');
  const definition = (): string => write('vm.txt', 'qemu-system-x86_64 -machine q35 -device vfio-pci,host=0000:01:00.0\n');

  const COMMANDS: readonly (readonly [name: string, words: () => readonly string[]])[] = [
    ['view', () => ['view', AMD]],
    ['view of a dump', () => ['view', write('dump.txt', '00:01.0 a device\n00: 86 80 72 15 06 04 10 00 02 00 00 02 10 00 00 00\n')]],
    ['view --json', () => ['view', INTEL, '--json']],
    ['view --jsonl', () => ['view', INTEL, '--jsonl']],
    ['view --explain', () => ['view', INTEL, '-s', '01:00.0', '--explain']],
    ['decode', () => ['decode', INTEL, '-vv']],
    ['compare', () => ['compare', AMD, INTEL, '-s', '01:00.0']],
    ['plan', () => ['plan', definition(), '--host', AMD]],
    ['plan --json', () => ['plan', definition(), '--host', AMD, '--host', INTEL, '--json']],
    ['explore --out', () => ['explore', AMD, definition(), '--out', write('out.html', '')]],
    ['machines', () => ['machines']],
  ];
  for (const platform of ['linux', 'darwin', 'win32'])
    for (const [name, words] of COMMANDS)
      it(`airlock ${name} needs nothing of the machine, as on ${platform}`, () => {
        const { status, stdout, stderr } = run([MAIN, ...words()], platform);
        assert.doesNotMatch(stderr, /no-host|internal error|fault of airlock/);
        assert.ok(status === 0 || status === 1, `${status}: ${stderr}`);
        assert.ok(stdout.length > 20);
      });

  it('the hook sees what needs it: devices of this machine, koffi, promises and streams', () => {
    const seen = (args: readonly string[]): unknown[] => {
      const { status, stderr } = run(args);
      return [status, /^no-host: /m.test(stderr)];
    };
    assert.deepEqual(seen([MAIN, 'devices']), [99, true]);
    assert.deepEqual(seen([MAIN, 'view', '0000:00:01.0']), [99, true]);
    for (const code of [
      `require('koffi')`,
      `import('koffi')`,
      `require('node:fs/promises').readFile('/proc/self/status')`,
      `import('node:fs').then(fs => fs.createReadStream('/sys/kernel'))`,
    ])
      assert.deepEqual(seen(['-e', code]), [99, true], code);
  });
});
