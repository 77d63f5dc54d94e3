/** Bytes and descriptors over a UNIX socket, without waiting (sendmsg(2), recvmsg(2), SCM_RIGHTS in unix(7)). */
import { constants } from 'node:os';
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT, MSG_NOSIGNAL } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import type { MessageBlock } from './message-block.ts';
import { SyscallError } from './syscall-error.ts';

const RECEIVE_FLAGS = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
const NONE: readonly never[] = [];

/** A part of a block's data; all of it where left out. */
export interface MessagePart {
  /** First byte; default 0. */
  readonly at?: number;
  /** Bytes; default to the end. */
  readonly length?: number;
}

/** What one recvmsg brought. */
export interface ReceivedMessage {
  /** Bytes now in the block's data; 0 where the peer has closed its end. */
  readonly length: number;
  /** Closed on exec; the receiver's to close. */
  readonly descriptors: readonly Descriptor[];
  /** Whether the peer sent more descriptors than the block has room for: the kernel has closed those. */
  readonly descriptorsLost: boolean;
}

/**
 * Receives into a part of `block`'s data; null where there is nothing yet. A stream may join bytes left over from before to those of a
 * message with descriptors, but never the descriptors of two messages. A caller that must know which bytes the descriptors came with asks
 * for one message at a time. Throws SyscallError, RangeError for a part outside of the data.
 */
export function receiveMessage(socket: Descriptor, block: MessageBlock, part: MessagePart = {}): ReceivedMessage | null {
  const { at = 0, length: room = block.dataSize - at } = part;
  block.prepareReceive(at, room);
  const length = libc().recvmsg(socket.number, block.address, RECEIVE_FLAGS);
  if (length < 0) {
    const errno = libc().errno();
    if (errno === constants.errno.EAGAIN) return null;
    throw new SyscallError({ call: 'recvmsg', action: `receive from ${socket.target}` }, errno, socket.target);
  }
  // MSG_CTRUNC can come without any control message: there was room for none.
  const descriptorsLost = (block.flags & MSG_CTRUNC) !== 0;
  if (!block.hasControl) return { length, descriptors: NONE, descriptorsLost };
  const descriptors = block.receivedNumbers().map(number => new Descriptor(number, `descriptor from ${socket.target}`));
  return { length, descriptors, descriptorsLost };
}

/**
 * Sends a part of `block`'s data, and `descriptors` with its first byte; they stay open here. Returns how many bytes were taken. A stream
 * may take fewer; where it has no room now it takes 0 bytes and no descriptor. Throws SyscallError (EPIPE where the peer is gone; no signal
 * is raised), RangeError for a part outside of the data or too many descriptors.
 */
export function sendMessage(
  socket: Descriptor,
  block: MessageBlock,
  part: MessagePart = {},
  descriptors: readonly Descriptor[] = [],
): number {
  const { at = 0, length = block.dataSize - at } = part;
  block.prepareSend(at, length, descriptors.length === 0 ? NONE : descriptors.map(descriptor => descriptor.number));
  const sent = libc().sendmsg(socket.number, block.address, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return sent;
  const errno = libc().errno();
  if (errno === constants.errno.EAGAIN) return 0;
  throw new SyscallError({ call: 'sendmsg', action: `send to ${socket.target}`, hints: SEND_HINTS }, errno, socket.target);
}

const SEND_HINTS = {
  EPIPE: 'the peer has closed its end',
  ECONNRESET: 'the peer has closed its end',
  EMSGSIZE: 'the message is too long for the socket',
  ETOOMANYREFS: 'too many descriptors are on their way',
};
