/** Checks the path that `serve` is to make a socket at. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRefusal } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';

/** Room of `sun_path` in unix(7), its last byte a zero. */
const MOST_SOCKET_PATH = 107;

/** False also for a path that cannot be looked at; opening it later says why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** The absolute path. Throws UsageError for one that is too long. */
export function checkSocket(socket: string): string {
  const path = resolve(socket);
  const length = Buffer.byteLength(path);
  if (length > MOST_SOCKET_PATH) {
    throw new UsageError(`--socket: ${path} has ${length} bytes, wanted at most ${MOST_SOCKET_PATH}: a socket's path has no more room`);
  }
  return path;
}

/** Throws UsageError for a path that is a folder's, where one socket is to be made. */
export function requireNoFolder(socket: string): void {
  const path = resolve(socket);
  if (isFolder(path) || socket.endsWith('/')) throw new UsageError(`--socket: ${path} is a folder, wanted the path of the socket`);
}

/** Throws UsageError where two sockets would be made at one path. */
export function requireApart(control: string | null, sockets: readonly string[]): void {
  if (control === null || !sockets.includes(resolve(control))) return;
  throw new UsageError(`--control and the socket of a device are one path, ${resolve(control)}: wanted two`);
}
