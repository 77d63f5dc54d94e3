/** A socket that clients connect to: made with its file, or taken from who started us (unix(7), sd_listen_fds(3)). */
import { chmodSync, fchmodSync, lstatSync, unlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { acceptUnix, bindUnix, connectUnix, createUnixSocket, type Descriptor, listenUnix, POLLIN, SyscallError } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';

/** Clients that may wait to be accepted. */
const BACKLOG = 128;
/** Milliseconds before the next try where this process cannot open more files. */
const PAUSE = 100;

/** Who may connect. */
export interface ListenOptions {
  /** Permissions of the socket's file, whatever the umask is; whoever may write to it may connect. Default 0o600. */
  readonly mode?: number;
}

/** The file's identity: another server may have put its own there since. */
interface OwnFile {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

/** A listening UNIX socket; `using` closes it. */
export class UnixListener implements Disposable {
  readonly target: string;
  readonly #socket: Descriptor;
  readonly #file: OwnFile | null;
  readonly #waiter = new EventLoopWaiter();
  #wake: (() => void) | null = null;

  private constructor(socket: Descriptor, file: OwnFile | null) {
    this.#socket = socket;
    this.#file = file;
    this.target = socket.target;
  }

  /**
   * Makes the socket `path` and listens; a file that a server left behind is replaced.
   * @throws Error where a server listens there or the file is no socket
   * @throws SyscallError where the socket cannot be made
   * @throws RangeError for a path of more than 107 bytes
   */
  static listen(path: string, { mode = 0o600 }: ListenOptions = {}): UnixListener {
    const socket = createUnixSocket(path);
    try {
      // The file gets the socket's own permissions less the umask: it is never open to more than it should be.
      fchmodSync(socket.number, mode);
      bindOrReplace(socket, path);
      const { dev, ino, mode: given } = lstatSync(path);
      if ((given & mode) !== mode) chmodSync(path, mode);
      listenUnix(socket, BACKLOG);
      return new UnixListener(socket, { path, dev, ino });
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Takes over a socket that listens already. Its file belongs to whoever made it and is not removed. */
  static adopt(socket: Descriptor): UnixListener {
    return new UnixListener(socket, null);
  }

  /**
   * The next client's connection; null once the listener is closed. One call at a time.
   * @throws SyscallError where the kernel refuses
   */
  async accept(): Promise<Descriptor | null> {
    while (!this.#socket.isClosed) {
      try {
        const connection = acceptUnix(this.#socket);
        if (connection !== null) return connection;
      } catch (error) {
        if (!(error instanceof SyscallError) || (error.code !== 'EMFILE' && error.code !== 'ENFILE')) throw error;
        await setTimeout(PAUSE);
        continue;
      }
      await this.#waiter.ready(this.#socket, POLLIN, wake => {
        this.#wake = wake;
      });
      this.#wake = null;
    }
    return null;
  }

  /** Ends `accept` and removes the socket's file, where it is still ours. Does nothing the second time. */
  close(): void {
    if (this.#socket.isClosed) return;
    this.#wake?.();
    this.#socket.close();
    this.#waiter.close();
    if (this.#file !== null) unlinkOwn(this.#file);
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function unlinkOwn({ path, dev, ino }: OwnFile): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.dev === dev && found.ino === ino) unlinkSync(path);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof SyscallError && error.code === code;
}

function bindOrReplace(socket: Descriptor, path: string): void {
  try {
    bindUnix(socket, path);
    return;
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE')) throw error;
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isSocket()) throw new Error(`Cannot listen on ${path}: there is a file of that name, which is no socket`);
  if (found && isLive(path)) throw new Error(`Cannot listen on ${path}: another process listens there; stop it, or take another path`);
  if (found) unlinkOwn({ path, dev: found.dev, ino: found.ino });
  bindUnix(socket, path);
}

/** Whether a server listens: where one ended without removing its socket, connecting is refused. */
function isLive(path: string): boolean {
  try {
    connectUnix(path).close();
    return true;
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT')) return false;
    if (isCode(error, 'EAGAIN') || isCode(error, 'EPROTOTYPE')) return true;
    throw error;
  }
}
