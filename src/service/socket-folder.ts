/** The folder that a socket is to be made in. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ServiceError } from './service-error.ts';
import { isRefusal } from './system-words.ts';

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // What may not be looked at is for the kernel to refuse.
    if (isRefusal(error)) return true;
    throw error;
  }
}

/** Throws ServiceError that names the folder where there is none; the kernel says the same of a file system that takes no socket. */
export function requireFolderOf(path: string): void {
  const folder = dirname(resolve(path));
  if (!isThere(folder)) throw new ServiceError(`Cannot create the socket ${path}: there is no folder ${folder}`);
}
