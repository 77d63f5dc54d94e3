/** Puts a packed npm package, with what it depends on, into a host VM. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What is needed of a host VM. */
interface Target {
  output(command: string | readonly string[]): Promise<string>;
  copyIn(from: string, to: string): Promise<void>;
}

/** What this tree has installed, which is what its lock file says. */
const INSTALLED = resolve(import.meta.dirname, '../../node_modules');

/** Where it is in the VM. */
const FOLDER = '/opt/package';
/** How the VM's kernel calls the disk, whichever its letter is. */
const SERIAL = 'package';

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Installed {
  /** Holds `root/node_modules`, and the disk's image. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** By the `.tgz`, and by what is beside this machine's. */
const installed = new Map<string, Installed>();

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Copies what the package needs, and what that needs; of optional packages those that this machine has, as npm would. */
function copyDependencies({ dependencies = {}, optionalDependencies = {} }: Manifest, to: string): void {
  for (const name of new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies)])) {
    const from = join(INSTALLED, name);
    if (existsSync(join(to, name)) || (name in optionalDependencies && !existsSync(from))) continue;
    cpSync(from, join(to, name), { recursive: true });
    copyDependencies(manifestOf(from), to);
  }
}

/**
 * Laid out as npm does, without asking a registry; that npm can install it, test/package shows. Once; gone when this process ends.
 * `foreign` is a node_modules with what another machine needs.
 */
function installHere(path: string, foreign?: string): Installed {
  const key = JSON.stringify([path, foreign]);
  const known = installed.get(key);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'airlock-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, 'root/node_modules');
  const unpacked = join(folder, 'unpacked');
  for (const each of [modules, unpacked]) mkdirSync(each, { recursive: true });
  execFileSync('tar', ['-C', unpacked, '--strip-components=1', '-xzf', path]);
  const manifest = manifestOf(unpacked);
  cpSync(unpacked, join(modules, manifest.name), { recursive: true });
  copyDependencies(manifest, modules);
  if (foreign !== undefined) cpSync(foreign, modules, { recursive: true });
  // For the VM's other users too.
  execFileSync('chmod', ['-R', 'a+rX', join(folder, 'root')]);
  const entry = { folder, manifest };
  installed.set(key, entry);
  return entry;
}

/** The lines of sh that put the commands into the PATH. */
function linkCommands({ bin = {}, name }: Manifest): string[] {
  return Object.entries(bin).flatMap(([command, file]) => {
    const path = `${FOLDER}/node_modules/${name}/${file}`;
    return [`chmod +x ${path}`, `ln -sf ${path} /usr/local/bin/${command}`];
  });
}

/** Copies the installed `.tgz` to /opt/package of the VM; its commands are linked into /usr/local/bin. */
export async function installPackage(vm: Target, path: string): Promise<void> {
  const { folder, manifest } = installHere(resolve(path));
  await vm.copyIn(join(folder, 'root'), FOLDER);
  await vm.output(['set -e', ...linkCommands(manifest)].join('\n'));
}

/** The words that give QEMU a disk with the installed `.tgz`, made once: a disk is there at once where a copy of a thousand files takes seconds. */
export function packageDisk(path: string, foreign?: string): readonly string[] {
  const { folder } = installHere(resolve(path), foreign);
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
    ...linkCommands(installHere(resolve(path)).manifest),
  ];
  await vm.output(lines.join('\n'));
}
