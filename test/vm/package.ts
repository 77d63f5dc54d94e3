/** Puts a packed npm package, with what it depends on, into a host VM. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What is needed of a host VM. */
interface Target {
  output(command: readonly string[]): Promise<string>;
  copyIn(from: string, to: string): Promise<void>;
}

const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--loglevel=error'];

/** Folders by the `.tgz` that was installed there. */
const installed = new Map<string, string>();

/** Installed on this machine, as a user would, without install scripts; once, and gone when this process ends. */
function installHere(path: string): string {
  const known = installed.get(path);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'airlock-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // For the VM's other users too.
  chmodSync(folder, 0o755);
  execFileSync('npm', ['install', '--prefix', folder, ...FLAGS, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  installed.set(path, folder);
  return folder;
}

/** Copies the installed `.tgz` to /opt/package of the VM; its commands are linked into /usr/local/bin. */
export async function installPackage(vm: Target, path: string): Promise<void> {
  const folder = installHere(resolve(path));
  await vm.copyIn(folder, '/opt/package');
  for (const name of readdirSync(join(folder, 'node_modules/.bin'))) {
    await vm.output(['ln', '-sf', `/opt/package/node_modules/.bin/${name}`, `/usr/local/bin/${name}`]);
  }
}
