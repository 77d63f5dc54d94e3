/** The Debian root that the oracles run in. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const install = spawnSync(join(import.meta.dirname, 'install'), ['--print'], { encoding: 'utf8', timeout: 20_000 });

export const oracleRoot = join(install.stdout.trim(), 'root');

/** The reason why tests of a program of the root cannot run here, or false. */
export const skipWithoutOracle = install.status === 0 ? false : 'the oracle root is missing: run test/oracle/install';

/** The same where the program runs in a chroot, which root alone may make. */
export function skipWithoutChroot(program: string): string | false {
  return process.getuid?.() === 0 ? skipWithoutOracle : `needs root: ${program} runs in a chroot`;
}
