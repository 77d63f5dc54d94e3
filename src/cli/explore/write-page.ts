/** Writes a file whole or not at all: under another name first, so that nobody meets a half of it. */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';

/** What `path` leads to, so that a link stays one. */
function target(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return path;
  if (!stat.isFile()) throw new UsageError(`Cannot write ${path}: it is ${stat.isDirectory() ? 'a directory' : 'no regular file'}`);
  return realpathSync(path);
}

/** Writes `text` to a regular file, new or in the place of one that is there. Throws UsageError. */
export function writeWhole(path: string, text: string): void {
  let temporary: string | null = null;
  try {
    const to = target(path);
    const name = join(dirname(to), `.${basename(to)}.${process.pid}.tmp`);
    const file = openSync(name, 'wx');
    temporary = name;
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(name, to);
    temporary = null;
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`Cannot write ${path}: ${refusalWords(error)}`);
  } finally {
    if (temporary !== null) rmSync(temporary, { force: true });
  }
}
