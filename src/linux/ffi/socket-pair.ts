/** Two connected UNIX sockets (socketpair(2)). */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_SEQPACKET, SOCK_STREAM } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/** Both ends. A stream has no message boundaries, `seqpacket` keeps them. Throws SyscallError. */
export function createSocketPair(type: 'stream' | 'seqpacket' = 'stream'): [Descriptor, Descriptor] {
  const pair = new Int32Array(2);
  const number = type === 'stream' ? SOCK_STREAM : SOCK_SEQPACKET;
  const result = libc().socketpair(AF_UNIX, number | SOCK_CLOEXEC, 0, pair);
  check(result, 'a socket pair', { call: 'socketpair', action: 'create a socket pair' });
  const [first = -1, second = -1] = pair;
  return [new Descriptor(first, 'socket pair, first end'), new Descriptor(second, 'socket pair, second end')];
}
