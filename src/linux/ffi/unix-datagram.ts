/** One datagram to a UNIX socket, named by a path or by an abstract name (unix(7)). */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/** `sizeof sun_path`. */
const PATH_SIZE = 108;

/** struct sockaddr_un; a name that begins with `@` is abstract: a zero in its place, and no zero at the end. */
function encodeName(name: string): Uint8Array {
  const isAbstract = name.startsWith('@');
  const bytes = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (bytes.length < 2 || bytes.length > PATH_SIZE) {
    throw new RangeError(`Cannot use ${JSON.stringify(name.slice(0, 200))} as a socket's name: wanted 1 to ${PATH_SIZE - 1} bytes`);
  }
  const address = new Uint8Array(2 + bytes.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, 2);
  return address;
}

/** Sends `text` whole or not at all, without waiting. Throws SyscallError, RangeError for a name that is too long. */
export function sendDatagram(name: string, text: string): void {
  const address = encodeName(name);
  const number = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  using socket = new Descriptor(check(number, name, { call: 'socket', action: 'create a socket' }), name);
  check(libc().connect(socket.number, address, address.length), name, { call: 'connect', action: `connect to ${name}` });
  const bytes = Buffer.from(text);
  check(libc().write(socket.number, bytes, bytes.length), name, { call: 'write', action: `write to ${name}` });
}
