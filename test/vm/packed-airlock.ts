/** The package under test as the file that npm would publish, made once for a run of the tests. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

let made: string | undefined;

/** The path of the `.tgz`: what `hostVm({ package })` takes. Of what was built last; the file is gone when this process ends. */
export function packedAirlock(): string {
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'airlock-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // The script that builds would do so in several processes at once.
  const words = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const name = words.trim().split('\n').at(-1);
  if (name === undefined || !name.endsWith('.tgz')) throw new Error(`npm pack named no file: ${words}`);
  made = join(folder, name);
  return made;
}
