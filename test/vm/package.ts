/** Puts a packed npm package, with what it depends on, into a host VM. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What is needed of a host VM. */
interface Target {
  output(command: string | readonly string[]): Promise<string>;
  copyIn(from: string, to: string): Promise<void>;
}

const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--loglevel=error'];

/** Where it is in the VM. */
const FOLDER = '/opt/package';
/** How the VM's kernel calls the disk, whichever its letter is. */
const SERIAL = 'package';

/** Folders by the `.tgz` that was installed there. */
const installed = new Map<string, string>();

/** Installed on this machine, as a user would, without install scripts; once, and gone when this process ends. */
function installHere(path: string): string {
  const known = installed.get(path);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'airlock-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, 'root');
  execFileSync('npm', ['install', '--prefix', root, ...FLAGS, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  // For the VM's other users too.
  chmodSync(root, 0o755);
  installed.set(path, folder);
  return folder;
}

/** The lines of sh that put the commands into the PATH. */
function linkCommands(folder: string): string[] {
  const names = readdirSync(join(folder, 'root/node_modules/.bin'));
  return names.map(name => `ln -sf ${FOLDER}/node_modules/.bin/${name} /usr/local/bin/${name}`);
}

/** Copies the installed `.tgz` to /opt/package of the VM; its commands are linked into /usr/local/bin. */
export async function installPackage(vm: Target, path: string): Promise<void> {
  const folder = installHere(resolve(path));
  await vm.copyIn(join(folder, 'root'), FOLDER);
  await vm.output(['set -e', ...linkCommands(folder)].join('\n'));
}

/** The words that give QEMU a disk with the installed `.tgz`, made once: a disk is there at once where a copy of a thousand files takes seconds. */
export function packageDisk(path: string): readonly string[] {
  const folder = installHere(resolve(path));
  const image = join(folder, 'disk.img');
  if (!existsSync(image)) {
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', join(folder, 'root'), image, '64M'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  // A function of the disk's slot, so that slots and IOMMU groups are the same with it and without.
  const device = `virtio-blk-pci,drive=${SERIAL},serial=${SERIAL},bus=pcie.0,addr=4.1`;
  return ['-drive', `file=${image},if=none,id=${SERIAL},format=raw,snapshot=on`, '-device', device];
}

/** Mounts the disk where `installPackage` puts a copy. */
export async function mountPackage(vm: Target, path: string): Promise<void> {
  const lines = [
    'set -e',
    `mkdir ${FOLDER}`,
    `disk=$(grep -lx ${SERIAL} /sys/block/vd*/serial | cut -d/ -f4)`,
    `mount "/dev/$disk" ${FOLDER}`,
    ...linkCommands(installHere(resolve(path))),
  ];
  await vm.output(lines.join('\n'));
}
