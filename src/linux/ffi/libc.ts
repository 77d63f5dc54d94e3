/** The C library that Node runs on, reached through koffi; this file alone loads koffi, at the first use. */
import { createRequire } from 'node:module';

/** What a `void *` argument takes: bytes, valid for that one call; an address; a number where the kernel wants one in its place. */
export type PointerArgument = Uint8Array | Int32Array | bigint | number | null;

/** The functions in use, named and ordered as in C. All return -1 for a failure, `mmap` an address of all ones. */
export interface Libc {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  read(fd: number, bytes: PointerArgument, count: number): number;
  write(fd: number, bytes: PointerArgument, count: number): number;
  pread(fd: number, bytes: PointerArgument, count: number, offset: number | bigint): number;
  pwrite(fd: number, bytes: PointerArgument, count: number, offset: number | bigint): number;
  ioctl(fd: number, request: number, argument: PointerArgument): number;
  mmap(address: null, length: number, protection: number, flags: number, fd: number, offset: number | bigint): bigint;
  munmap(address: bigint, length: number): number;
  ftruncate(fd: number, length: number): number;
  getpagesize(): number;
  eventfd(initial: number, flags: number): number;
  memfd_create(name: string, flags: number): number;
  poll(fds: bigint, count: number, timeout: number): number;
  socketpair(domain: number, type: number, protocol: number, pair: PointerArgument): number;
  sendmsg(fd: number, message: bigint, flags: number): number;
  recvmsg(fd: number, message: bigint, flags: number): number;
  send(fd: number, bytes: PointerArgument, count: number, flags: number): number;
  recv(fd: number, bytes: PointerArgument, count: number, flags: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: PointerArgument, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: null, length: null, flags: number): number;
  connect(fd: number, address: PointerArgument, length: number): number;
  shutdown(fd: number, how: number): number;
  getsockopt(fd: number, level: number, name: number, value: PointerArgument, length: PointerArgument): number;
  fcntl(fd: number, command: number, argument: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: PointerArgument): number;
  epoll_wait(epoll: number, events: bigint, count: number, timeout: number): number;
  /** `epoll_wait` in another thread: `done` gets its result, but not its errno. The memory that it writes to must stay until then. */
  epollWaitAsync(epoll: number, events: bigint, count: number, timeout: number, done: (result: number) => void): void;
  /** The errno of the last call; must be asked before any other call. */
  errno(): number;
  /** Native memory as an ArrayBuffer, without a copy. It does not keep the memory mapped. */
  view(address: bigint, length: number): ArrayBuffer;
}

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi');
  } catch (cause) {
    throw new Error('Cannot call into the kernel: the optional package koffi is not installed for this platform', { cause });
  }
}

/**
 * In C ioctl, open and fcntl are variadic. Declared with fixed arguments they are the same call on x86-64, AArch64 and RISC-V, and cheaper.
 */
function bind(koffi: Koffi): Libc {
  // Loading without a name gives the libc of this process, glibc or musl.
  const lib = koffi.load(null);
  return {
    ...bindFiles(lib),
    ...bindSockets(lib),
    errno: () => koffi.errno(),
    view: (address, length) => koffi.view(address, length),
  };
}

const word = 'intptr_t';

function bindFiles(lib: Library) {
  return {
    open: lib.func('open', 'int', ['str', 'int', 'uint32_t']),
    close: lib.func('close', 'int', ['int']),
    read: lib.func('read', word, ['int', 'void *', 'size_t']),
    write: lib.func('write', word, ['int', 'void *', 'size_t']),
    pread: lib.func('pread', word, ['int', 'void *', 'size_t', 'int64_t']),
    pwrite: lib.func('pwrite', word, ['int', 'void *', 'size_t', 'int64_t']),
    ioctl: lib.func('ioctl', 'int', ['int', 'unsigned long', 'void *']),
    mmap: lib.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: lib.func('munmap', 'int', ['void *', 'size_t']),
    ftruncate: lib.func('ftruncate', 'int', ['int', 'int64_t']),
    getpagesize: lib.func('getpagesize', 'int', []),
    eventfd: lib.func('eventfd', 'int', ['uint32_t', 'int']),
    memfd_create: lib.func('memfd_create', 'int', ['str', 'uint32_t']),
    poll: lib.func('poll', 'int', ['void *', 'unsigned long', 'int']),
    fcntl: lib.func('fcntl', 'int', ['int', 'int', word]),
  };
}

function bindSockets(lib: Library) {
  const epollWait = lib.func('epoll_wait', 'int', ['int', 'void *', 'int', 'int']);
  return {
    socketpair: lib.func('socketpair', 'int', ['int', 'int', 'int', 'void *']),
    sendmsg: lib.func('sendmsg', word, ['int', 'void *', 'int']),
    recvmsg: lib.func('recvmsg', word, ['int', 'void *', 'int']),
    send: lib.func('send', word, ['int', 'void *', 'size_t', 'int']),
    recv: lib.func('recv', word, ['int', 'void *', 'size_t', 'int']),
    socket: lib.func('socket', 'int', ['int', 'int', 'int']),
    bind: lib.func('bind', 'int', ['int', 'void *', 'uint32_t']),
    listen: lib.func('listen', 'int', ['int', 'int']),
    accept4: lib.func('accept4', 'int', ['int', 'void *', 'void *', 'int']),
    connect: lib.func('connect', 'int', ['int', 'void *', 'uint32_t']),
    shutdown: lib.func('shutdown', 'int', ['int', 'int']),
    getsockopt: lib.func('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']),
    epoll_create1: lib.func('epoll_create1', 'int', ['int']),
    epoll_ctl: lib.func('epoll_ctl', 'int', ['int', 'int', 'int', 'void *']),
    epoll_wait: epollWait,
    epollWaitAsync: (epoll: number, events: bigint, count: number, timeout: number, done: (result: number) => void): void => {
      epollWait.async(epoll, events, count, timeout, (error: unknown, result: number) => done(error ? -1 : result));
    },
  };
}

let bound: Libc | undefined;

/** The functions, bound once. Throws Error on a platform that koffi is not installed for. */
export function libc(): Libc {
  bound ??= bind(loadKoffi());
  return bound;
}
