/** Paths below a root, links resolved there, and files of any length; what is not there is null, what may not be read is an error. */
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

const GONE = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'EINVAL'];

/** What `read` returns; null where it fails because the file is not there or is no link. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.includes(String(error.code))) return null;
    throw error;
  }
}

/** `/` becomes nothing, so that a path of the host can be put behind it. */
export function rootPrefix(root = '/'): string {
  return root.replace(/\/+$/, '');
}

/** The last part of where a link leads. Throws what the system answers for a link that may not be read. */
export function readLinkName(path: string): string | null {
  return orNull(() => basename(readlinkSync(path)));
}

/** Where a path leads with all links followed. */
export function readRealPath(path: string): string | null {
  return orNull(() => realpathSync(path));
}

/** A whole text file, such as a process's mount table. */
export function readWholeText(path: string): string | null {
  return orNull(() => readFileSync(path, 'utf8'));
}

/** Whether `path` is `folder` or lies below it; both resolved. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
