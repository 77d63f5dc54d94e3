/** Gets the sockets of `serve`: those that the service manager passed, else new ones. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ActivatedListener, takeActivatedListeners, UnixListener } from '../linux/unix-transport/index.ts';
import { ServiceError } from './service-error.ts';
import { requireFolderOf } from './socket-folder.ts';
import { refusalWords } from './system-words.ts';

export interface ListenersOptions {
  /** Permissions of the sockets made here. */
  readonly mode: number;
  /** Makes the folder of the sockets where it is not there. */
  readonly makesFolder: boolean;
}

/** Makes a ServiceError of the system's message, which names the path: a socket that cannot be made is never a fault of ours. */
function serviceError(error: unknown): ServiceError {
  return new ServiceError(error instanceof Error ? error.message : String(error));
}

function takeGiven(wanted: number): readonly ActivatedListener[] {
  let given: readonly ActivatedListener[];
  try {
    given = takeActivatedListeners();
  } catch (error) {
    throw serviceError(error);
  }
  if (given.length === 0 || given.length === wanted) return given;
  for (const { listener } of given) listener.close();
  throw new ServiceError(`The service manager passed ${given.length} sockets for ${wanted} devices: wanted one for each`);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ServiceError(`Cannot make the directory ${path}: ${refusalWords(error)}`);
  }
}

/**
 * One listener for each path, all or none; those of the service manager by their place. Throws ServiceError where one cannot be made, or
 * where there are not as many as paths.
 */
export function openListeners(paths: readonly string[], { mode, makesFolder }: ListenersOptions): readonly UnixListener[] {
  const given = takeGiven(paths.length);
  if (given.length > 0) return given.map(({ listener }) => listener);
  const listeners: UnixListener[] = [];
  try {
    for (const path of paths) {
      if (makesFolder) makeFolder(dirname(path));
      requireFolderOf(path);
      listeners.push(UnixListener.listen(path, { mode }));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error instanceof ServiceError ? error : serviceError(error);
  }
  return listeners;
}
