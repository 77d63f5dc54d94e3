/** Which disks mounted file systems and swap areas lie on, through partitions, device mapper, RAID and multipath (proc(5), sysfs-block). */
import { dirname } from 'node:path';
import { listFolder, readText } from '../sysfs/attribute.ts';
import { readRealPath, readWholeText, rootPrefix } from './paths.ts';

/** Something that is in use on disks. */
export interface DiskUse {
  /** `the root file system`, `the file system at /data`, `swap`. */
  readonly what: string;
  readonly isRoot: boolean;
  /** Resolved sysfs folders; null where it cannot be told which disks it lies on. */
  readonly disks: readonly string[] | null;
  /** The type and source, for words. */
  readonly from: string;
}

interface Mount {
  readonly device: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

/** Blanks and the like are octal numbers in the table. */
const decodeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** `36 35 98:0 /sub /mount options … - type source options`; lines of another form are passed over. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap(line => {
    const [left = '', right] = line.split(' - ');
    const [, , device, , point] = left.split(' ');
    const [type, source] = right?.split(' ') ?? [];
    return device === undefined || point === undefined || type === undefined || source === undefined
      ? []
      : [{ device, point: decodeOctal(point), type, source: decodeOctal(source) }];
  });
}

/** File systems that never lie on a disk. */
const IN_MEMORY = new Set(['rootfs', 'tmpfs', 'ramfs', 'devtmpfs']);

/** The folders below which a block device's hardware lies: itself, or what it is made of. */
function hardwareOf(folder: string, depth = 0): string[] {
  // For a partition: what its disk is made of.
  const parts = [folder, dirname(folder)].flatMap(path => (listFolder(`${path}/slaves`) ?? []).map(name => `${path}/slaves/${name}`));
  if (parts.length > 0 && depth < 16) {
    return parts.flatMap(part => {
      const real = readRealPath(part);
      return real === null ? [] : hardwareOf(real, depth + 1);
    });
  }
  return [folder, ...nvmeControllers(folder)];
}

/** A namespace that several controllers share lies under their subsystem, which links to the controllers. */
function nvmeControllers(folder: string): string[] {
  const subsystem = /^.*\/nvme-subsystem\/[^/]+/.exec(folder)?.[0];
  if (subsystem === undefined) return [];
  const controllers = (listFolder(subsystem) ?? []).filter(name => /^nvme\d+$/.test(name));
  return controllers.map(name => readRealPath(`${subsystem}/${name}`)).filter(path => path !== null);
}

function blockByName(root: string, path: string): string | null {
  const real = readRealPath(`${root}${path}`);
  const name = (real ?? path).split('/').at(-1);
  return readRealPath(`${root}/sys/class/block/${name}`);
}

/** All disks of every mounted btrfs: the mount table does not say which of them a mount uses. */
function btrfsDisks(root: string): string[] {
  const systems = (listFolder(`${root}/sys/fs/btrfs`) ?? []).map(name => `${root}/sys/fs/btrfs/${name}/devices`);
  return systems.flatMap(folder => (listFolder(folder) ?? []).map(name => readRealPath(`${folder}/${name}`))).filter(path => path !== null);
}

/** The virtio devices by which the hypervisor shares a folder under this tag (9p, virtiofs). */
function sharesOf(root: string, tag: string): string[] {
  const places = [
    ['sys/bus/virtio/devices', 'mount_tag', ''],
    ['sys/fs/virtiofs', 'tag', '/device'],
  ] as const;
  return places.flatMap(([folder, file, device]) =>
    (listFolder(`${root}/${folder}`) ?? [])
      .filter(name => readText(`${root}/${folder}/${name}/${file}`)?.replaceAll('\0', '') === tag)
      .map(name => readRealPath(`${root}/${folder}/${name}${device}`))
      .filter(path => path !== null),
  );
}

function disksOf(root: string, { device, type, source }: Mount): string[] | null {
  const numbered = device.startsWith('0:') ? null : readRealPath(`${root}/sys/dev/block/${device}`);
  const block = numbered ?? (source.startsWith('/dev/') ? blockByName(root, source) : null);
  const blocks = [...(block === null ? [] : [block]), ...(type === 'btrfs' ? btrfsDisks(root) : [])];
  if (type === '9p' || type === 'virtiofs') blocks.push(...sharesOf(root, source));
  return blocks.length === 0 ? null : blocks.flatMap(folder => hardwareOf(folder));
}

function describe(point: string): string {
  return point === '/' ? 'the root file system' : `the file system at ${point}`;
}

/** What is mounted and swapped to. Mounts that need no disk, or whose disk is on the network, are left out, except the root. */
export function readDiskUses(rootFolder = '/'): DiskUse[] {
  const root = rootPrefix(rootFolder);
  // The first process sees the mounts of the host, also when this one has its own.
  const table = readFirst([`${root}/proc/1/mountinfo`, `${root}/proc/self/mountinfo`]);
  const uses = parseMounts(table ?? '').flatMap(mount => {
    const isRoot = mount.point === '/';
    const disks = IN_MEMORY.has(mount.type) ? [] : disksOf(root, mount);
    const isTold = disks === null ? isRoot || mount.type === 'zfs' : disks.length > 0;
    return isTold ? [{ what: describe(mount.point), isRoot, disks, from: `${mount.type}, ${mount.source}` }] : [];
  });
  const swaps = (readWholeText(`${root}/proc/swaps`) ?? '').split('\n').slice(1);
  for (const line of swaps) {
    const [path = ''] = line.split(/\s/);
    const block = path.startsWith('/dev/') ? blockByName(root, decodeOctal(path)) : null;
    if (block !== null) uses.push({ what: `swap on ${path}`, isRoot: false, disks: hardwareOf(block), from: path });
  }
  return uses;
}

function readFirst(paths: readonly string[]): string | null {
  for (const path of paths) {
    try {
      const text = readWholeText(path);
      if (text !== null) return text;
    } catch {
      // Only root may read that of the first process; the next path is this process's own.
    }
  }
  return null;
}
