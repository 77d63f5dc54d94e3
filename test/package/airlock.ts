/** Runs the built command, as a user would. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
/** Milliseconds; one run takes a second, and several on a busy machine. */
const LONGEST = 120_000;
export const MAIN = join(ROOT, 'dist/cli/main.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Names come from no file, and text is 80 columns wide, so that what is printed is the same on any machine. */
export const ENVIRONMENT = { ...process.env, NO_COLOR: '1', COLUMNS: '80', AIRLOCK_PCI_IDS: '/dev/null' };

/** Runs `airlock` with these arguments. */
export function airlock(args: readonly string[], input: string | Uint8Array = '', cwd = ROOT): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    input,
    cwd,
    env: ENVIRONMENT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: LONGEST,
  });
  return { status, stdout, stderr };
}
