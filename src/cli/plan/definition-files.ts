/** The files that operands name: files as they are, folders opened. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';

/** The most files of a folder, and the most folders inside of each other. */
const [MOST_FILES, MOST_DEPTH] = [200_000, 16];
/** The most bytes of all files of a folder: it would be the wrong one, and take hours. */
const MOST_BYTES_OF_FOLDER = 2 ** 31;

/** The files below a folder in the order of their names; hidden ones are left out. */
function* filesBelow(folder: string, depth: number): Generator<string> {
  if (depth > MOST_DEPTH) throw new UsageError(`Cannot read ${folder}: it is more than ${MOST_DEPTH} folders deep`);
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, depth + 1);
    else if (entry.isFile()) yield path;
  }
}

function isFolder(path: string): boolean {
  return path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The files of a folder. Throws UsageError where they are too many, or too large together. */
function* filesOf(folder: string): Generator<string> {
  let [count, bytes] = [0, 0];
  for (const file of filesBelow(folder, 0)) {
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (++count > MOST_FILES) throw new UsageError(`Cannot read ${folder}: it has more than ${MOST_FILES} files`);
    if (bytes > MOST_BYTES_OF_FOLDER)
      throw new UsageError(`Cannot read ${folder}: its files have more than ${MOST_BYTES_OF_FOLDER} bytes together, which is the most`);
    yield file;
  }
}

/** The files that the operands name, folders opened; `wanted` says what they should hold. Throws UsageError. */
export function listFiles(operands: readonly string[], wanted = 'definitions of VMs'): readonly string[] {
  const files: string[] = [];
  for (const operand of operands) {
    if (!isFolder(operand)) {
      files.push(operand);
      continue;
    }
    try {
      const before = files.length;
      for (const file of filesOf(operand)) files.push(file);
      if (files.length === before) throw new UsageError(`Cannot read ${operand}: the folder holds no file, wanted ${wanted}`);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`Cannot read ${operand}: ${refusalWords(error)}`);
    }
  }
  return files;
}
