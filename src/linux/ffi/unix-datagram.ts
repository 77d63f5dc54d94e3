/** One datagram to a UNIX socket, named by a path or by an abstract name (unix(7)). */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';
import { encodeAddress } from './unix-address.ts';

/** Sends `text` whole or not at all, without waiting. Throws SyscallError, RangeError for a name that is too long. */
export function sendDatagram(name: string, text: string): void {
  const address = encodeAddress(name.startsWith('@') ? { abstract: name.slice(1) } : { path: name });
  const number = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  using socket = new Descriptor(check(number, name, { call: 'socket', action: 'create a socket' }), name);
  check(libc().connect(socket.number, address, address.length), name, { call: 'connect', action: `connect to ${name}` });
  const bytes = Buffer.from(text);
  check(libc().write(socket.number, bytes, bytes.length), name, { call: 'write', action: `write to ${name}` });
}
