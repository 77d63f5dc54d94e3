/** The public face of this part: kernel calls, descriptors, native memory. */
export { O_RDONLY, O_RDWR, POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from './constants.ts';
export { Descriptor } from './descriptor.ts';
export { Epoll } from './epoll.ts';
export { EventFd } from './event-fd.ts';
export { duplicate, sealAgainstShrinking, setNonBlocking } from './file-control.ts';
export { readAt, writeAt } from './file-io.ts';
export { FileRange } from './file-range.ts';
export { ioctl } from './ioctl.ts';
export type { MapOptions } from './map-memory.ts';
export { createMemfd } from './memfd.ts';
export { MessageBlock } from './message-block.ts';
export { NativeBlock } from './native-block.ts';
export { PollSet } from './poll-set.ts';
export { type MessagePart, type ReceivedMessage, receiveMessage, sendMessage } from './scm-rights.ts';
export { createSocketPair } from './socket-pair.ts';
export { type CallWords, errnoCode, type Hints, SyscallError } from './syscall-error.ts';
export { sendDatagram } from './unix-datagram.ts';
export { acceptUnix, bindUnix, connectUnix, createUnixSocket, listenUnix, socketOption } from './unix-socket.ts';
