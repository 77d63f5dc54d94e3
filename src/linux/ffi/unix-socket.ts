/** UNIX stream sockets with a path: bound, listening, accepted, connected; none of them ever waits (unix(7), socket(7)). */
import { constants } from 'node:os';
import { AF_UNIX, MSG_DONTWAIT, MSG_PEEK, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { type CallWords, check, SyscallError } from './syscall-error.ts';
import { encodeAddress } from './unix-address.ts';

/** A socket without a name. Throws SyscallError. */
export function createUnixSocket(target: string): Descriptor {
  const number = libc().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return new Descriptor(check(number, target, { call: 'socket', action: 'create a socket' }), target);
}

const BIND_HINTS = {
  EACCES: 'this user may not write to its folder',
  ELOOP: 'the symbolic links of its path lead in a circle',
  ENOENT: 'there is no such folder',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is no folder',
  EPERM: 'its file system has no sockets',
  EROFS: 'its file system is read-only',
};

/** Gives the socket its file. Throws SyscallError (EADDRINUSE where there is one), RangeError for a path too long. */
export function bindUnix(socket: Descriptor, path: string): void {
  const address = encodeAddress({ path });
  const words: CallWords = { call: 'bind', action: `create the socket ${path}`, hints: BIND_HINTS };
  check(libc().bind(socket.number, address, address.length), path, words);
}

/** Lets up to `backlog` clients wait to be accepted. Throws SyscallError. */
export function listenUnix(socket: Descriptor, backlog: number): void {
  check(libc().listen(socket.number, backlog), socket.target, { call: 'listen', action: `listen on ${socket.target}` });
}

/** The next client, null where there is none or it is gone again. Throws SyscallError, EMFILE for one. */
export function acceptUnix(listener: Descriptor): Descriptor | null {
  const { target } = listener;
  const number = libc().accept4(listener.number, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (number >= 0) return new Descriptor(number, `connection to ${target}`);
  const errno = libc().errno();
  const { EAGAIN, ECONNABORTED, EINTR } = constants.errno;
  if (errno === EAGAIN || errno === ECONNABORTED || errno === EINTR) return null;
  throw new SyscallError({ call: 'accept4', action: `accept a connection to ${target}` }, errno, target);
}

/** Whether a byte can be received, which stays there: 1; 0 at the end of the stream or where it broke, null where there is none yet. */
export function peekByte(socket: Descriptor): 0 | 1 | null {
  const received = libc().recv(socket.number, new Uint8Array(1), 1, MSG_PEEK | MSG_DONTWAIT);
  if (received > 0) return 1;
  return received < 0 && libc().errno() === constants.errno.EAGAIN ? null : 0;
}

const CONNECT_HINTS = {
  ECONNREFUSED: 'nobody listens on it',
  EAGAIN: 'too many clients wait there already',
  EPROTOTYPE: 'it is no stream socket',
};

/** A connection to whoever listens at `path`. Throws SyscallError, RangeError for a path too long. */
export function connectUnix(path: string): Descriptor {
  const address = encodeAddress({ path });
  const socket = createUnixSocket(path);
  try {
    const words: CallWords = { call: 'connect', action: `connect to ${path}`, hints: CONNECT_HINTS };
    check(libc().connect(socket.number, address, address.length), path, words);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** An `SO_…` option whose value is an int. Throws SyscallError, ENOTSOCK for what is no socket. */
export function socketOption(socket: Descriptor, name: number): number {
  const value = new Int32Array(1);
  const result = libc().getsockopt(socket.number, SOL_SOCKET, name, value, Int32Array.of(4));
  check(result, socket.target, { call: 'getsockopt', action: `look at ${socket.target}` });
  return value[0] ?? 0;
}
