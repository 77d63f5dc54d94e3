/** A disk from which a Linux guest boots: one partition with the programs of an inner guest and our init. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Entry, innerRoot } from '../passthrough/inner-initramfs.ts';
import { staticProgram } from '../vm/bed.ts';

const INIT = join(import.meta.dirname, 'guest-init');
const COPY = join(import.meta.dirname, 'guest-copy.c');
const SECTOR = 512;
const PARTITION = { start: 2048, sectors: 0x20000 };
const [FILE_TYPE, LINK, DIRECTORY] = [0o170000, 0o120000, 0o040000];

function writeEntry(root: string, { path, mode, data = Buffer.alloc(0) }: Entry): void {
  const to = join(root, path);
  mkdirSync(dirname(to), { recursive: true });
  if ((mode & FILE_TYPE) === DIRECTORY) mkdirSync(to, { recursive: true });
  else if ((mode & FILE_TYPE) === LINK) symlinkSync(Buffer.from(data).toString(), to);
  else writeFileSync(to, data, { mode: mode & 0o777 });
}

/** The first sector: one Linux partition, without CHS addresses (as of the MBR's type 83h). */
function partitionTable(): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector[0x1be + 4] = 0x83;
  sector.writeUInt32LE(PARTITION.start, 0x1be + 8);
  sector.writeUInt32LE(PARTITION.sectors, 0x1be + 12);
  sector.writeUInt16LE(0xaa55, 0x1fe);
  return sector;
}

/** Writes the disk's image to `path`. */
export function writeGuestDisk(path: string): void {
  const root = mkdtempSync(join(tmpdir(), 'airlock-guest-disk-'));
  try {
    for (const entry of innerRoot()) writeEntry(root, entry);
    for (const folder of ['proc', 'sys', 'tmp', 'sbin']) mkdirSync(join(root, folder));
    execFileSync('install', ['-m', '755', INIT, join(root, 'sbin/init')]);
    execFileSync('install', ['-m', '755', staticProgram(COPY), join(root, 'usr/bin/guest-copy')]);
    writeFileSync(path, partitionTable());
    truncateSync(path, (PARTITION.start + PARTITION.sectors) * SECTOR);
    const [offset, kilobytes] = [PARTITION.start * SECTOR, (PARTITION.sectors * SECTOR) / 1024];
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-d', root, '-E', `offset=${offset}`, path, `${kilobytes}k`]);
  } finally {
    rmSync(root, { recursive: true });
  }
}
