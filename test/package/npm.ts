/** npm, for tests of the package. */
import { execFileSync } from 'node:child_process';

const DEADLINE = 300_000;

/** npm as a test runs it: quiet, and nothing of the surrounding npm's settings. */
export function npm(args: readonly string[], cwd: string): string {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|userconfig))/i.test(name)),
  );
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', timeout: DEADLINE, stdio: ['ignore', 'pipe', 'ignore'] });
}
