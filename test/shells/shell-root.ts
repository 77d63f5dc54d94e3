/** Where test/shells/install has put its programs, and how they are run there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/cli/main.js');

const install = spawnSync(resolve(import.meta.dirname, 'install'), ['--print'], { encoding: 'utf8', timeout: 20_000 });
export const SHELL_ROOT = join(install.stdout.trim(), 'root');

/** Why a test that needs them is skipped; false where it is not. */
export const skip: string | false = !existsSync(MAIN)
  ? 'the command is not built: run npm run build'
  : install.status === 0
    ? false
    : 'the shells are missing: run test/shells/install';

/** The folder with the unpacked libraries: `usr/lib/x86_64-linux-gnu`. */
export function libraryFolder(): string {
  const lib = join(SHELL_ROOT, 'usr/lib');
  const name = readdirSync(lib).find(entry => existsSync(join(lib, entry, 'zsh')));
  if (name === undefined) throw new Error(`${lib} holds no zsh`);
  return join(lib, name);
}

export { MAIN };
