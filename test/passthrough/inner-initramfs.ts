/** The root of a guest inside the host VM: a cpio archive ("newc", kernel's buffer-format.rst) of programs of the oracle's root. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { staticProgram, testBed } from '../vm/bed.ts';

const programs =
  'basename cat chmod cmp cp cut dash dd grep head ln ls lspci mkdir od readlink rm seq setpci sha256sum sleep sort stat sync tail timeout tr wc';

export interface Entry {
  readonly path: string;
  /** Type and permissions as in `st_mode`. */
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Major and minor of a device node. */
  readonly device?: readonly [number, number];
}

export const DIRECTORY = 0o040755;
export const PROGRAM = 0o100755;
const SYMLINK = 0o120777;
export const CHARACTER_DEVICE = 0o020600;

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** A cpio archive in the format that Linux unpacks as its first root. */
export function encodeCpio(entries: readonly Entry[]): Buffer {
  const trailer: Entry = { path: 'TRAILER!!!', mode: 0 };
  return Buffer.concat(
    [...entries, trailer].flatMap(({ path, mode, data = Buffer.alloc(0), device: [major, minor] = [0, 0] }, index) => {
      const name = Buffer.from(`${path}\0`);
      // ino, mode, uid, gid, nlink, mtime, filesize, major and minor of the file system, of the device, namesize, check
      const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
      const header = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
      return [padded(Buffer.concat([Buffer.from(header), name])), padded(data)];
    }),
  );
}

export function symlink(path: string, target: string): Entry {
  return { path, mode: SYMLINK, data: Buffer.from(target) };
}

/** The programs and what they are linked with, at their paths in the root. */
function filesOf(root: string): Entry[] {
  const paths = programs.split(' ').map(name => `/usr/bin/${name}`);
  const linked = execFileSync('chroot', [root, 'ldd', ...paths], { encoding: 'utf8' });
  // `	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `	/lib64/ld-linux-x86-64.so.2 (0x…)`
  const libraries = new Set(Array.from(linked.matchAll(/^\t(?:\S+ => )?\/(?:usr\/)?(\S+) \(0x/gm), ([, path]) => `/usr/${path}`));
  return [...paths, ...libraries].map(path => ({ path: path.slice(1), mode: PROGRAM, data: readFileSync(realpathSync(root + path)) }));
}

/** Folders, programs and what they are linked with, without an init. */
export function innerRoot(): Entry[] {
  return [
    ...['dev', 'usr', 'usr/bin', 'usr/lib', 'usr/lib/x86_64-linux-gnu', 'usr/lib64'].map(path => ({ path, mode: DIRECTORY })),
    ...['bin', 'lib', 'lib64'].map(path => symlink(path, `usr/${path}`)),
    symlink('usr/bin/sh', 'dash'),
    ...filesOf(testBed().oracleRoot),
    ownProgram('inner-tools'),
  ];
}

function ownProgram(name: string): Entry {
  const data = readFileSync(staticProgram(join(import.meta.dirname, `${name}.c`)));
  return { path: `usr/bin/${name}`, mode: PROGRAM, data };
}

/** The path in the bed's folder of an archive of that content, made where it is not there yet. It is not compressed: unpacking takes longer. */
export function keptArchive(folder: string, entries: readonly Entry[]): string {
  const archive = encodeCpio(entries);
  const key = createHash('sha256').update(archive).digest('hex').slice(0, 12);
  const path = join(folder, `inner-${key}.cpio`);
  if (existsSync(path)) return path;
  const made = `${path}.${process.pid}`;
  writeFileSync(made, archive);
  renameSync(made, path);
  return path;
}

/** The path of the archive on this machine. */
export function innerInitramfs(): string {
  return keptArchive(testBed().folder, [
    ...innerRoot(),
    { path: 'dev/console', mode: CHARACTER_DEVICE, device: [5, 1] },
    ownProgram('inner-agent'),
    { path: 'init', mode: PROGRAM, data: readFileSync(join(import.meta.dirname, 'inner-init')) },
  ]);
}
