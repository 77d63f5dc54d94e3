/** The same messages with AddressSanitizer's allocator and libc wrappers under Node: what the kernel is given must be memory that is ours. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildModule } from './build-module.ts';

const MESSAGES = Number(process.env.AIRLOCK_HOSTILE_MESSAGES ?? 5000);

/** gcc's libasan, for LD_PRELOAD; null without one. */
function findChecker(): string | null {
  const { stdout } = spawnSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const path = stdout?.trim() ?? '';
  return path.startsWith('/') && existsSync(path) ? realpathSync(path) : null;
}

const checker = findChecker();
const env = {
  ...process.env,
  LD_PRELOAD: checker ?? '',
  // V8 handles SIGSEGV itself, never frees at the end, and must not have all that it freed kept back.
  ASAN_OPTIONS: 'detect_leaks=0:handle_segv=0:allow_user_segv_handler=1:quarantine_size_mb=8',
};

async function runChecked(source: string, args: readonly string[]): Promise<string> {
  const module = await buildModule(new URL(source, import.meta.url));
  const file = fileURLToPath(module);
  try {
    const run = promisify(execFile)(process.execPath, ['--expose-gc', file, ...args], { env, timeout: 600_000 + MESSAGES });
    const { stdout } = await run;
    return stdout;
  } finally {
    rmSync(file);
  }
}

describe('address checks', { skip: checker === null && 'gcc has no libasan' }, () => {
  test('AddressSanitizer sees a receive beyond the end of a typed array', async () => {
    await assert.rejects(runChecked('./overflow.ts', []), /heap-buffer-overflow/);
  });

  test('UnixConnection gives the kernel no memory that is not its own', async () => {
    assert.match(await runChecked('./forced-collector.ts', [String(MESSAGES)]), new RegExp(`^${MESSAGES} messages`));
  });
});
