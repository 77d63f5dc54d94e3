/** Waiting for any number of descriptors in another thread, so that this one's event loop goes on (epoll(7)). */
import { constants } from 'node:os';
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLONESHOT } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { NativeBlock } from './native-block.ts';
import { check, SyscallError } from './syscall-error.ts';

/** struct epoll_event: packed on x86-64 alone. `data` holds the descriptor's number. */
const DATA = process.arch === 'x64' ? 4 : 8;
const SIZE = DATA + 8;
const MOST_EVENTS = 64;

/** A set of descriptors, each watched for one event. */
export class Epoll {
  readonly #descriptor: Descriptor;
  readonly #events = NativeBlock.allocate(MOST_EVENTS * SIZE);
  readonly #event = new Uint8Array(SIZE);
  readonly #eventView = new DataView(this.#event.buffer);

  /** Throws SyscallError. */
  constructor() {
    const words = { call: 'epoll_create1', action: 'create an epoll set' };
    this.#descriptor = new Descriptor(check(libc().epoll_create1(EPOLL_CLOEXEC), 'an epoll set', words), 'an epoll set');
  }

  /**
   * Watches a descriptor for POLLIN or POLLOUT; errors and hang-ups always count. It is reported once, and the caller then removes it.
   * Throws SyscallError, EEXIST for a descriptor that is watched already.
   */
  add({ number, target }: Descriptor, events: number): void {
    this.#eventView.setUint32(0, events | EPOLLONESHOT, true);
    this.#eventView.setUint32(DATA, number, true);
    const words = { call: 'epoll_ctl', action: `watch ${target}` };
    check(libc().epoll_ctl(this.#descriptor.number, EPOLL_CTL_ADD, number, this.#event), target, words);
  }

  /** Stops watching a descriptor; does nothing for one that was not watched. */
  remove({ number }: Descriptor): void {
    libc().epoll_ctl(this.#descriptor.number, EPOLL_CTL_DEL, number, this.#event);
  }

  /**
   * Waits up to `timeout` milliseconds in another thread, then calls `done` with the numbers of the descriptors that are ready. The process
   * stays alive meanwhile. Only one wait runs at a time, and `close` must come after it.
   */
  wait(timeout: number, done: (ready: readonly number[]) => void): void {
    libc().epollWaitAsync(this.#descriptor.number, this.#events.addressOf(), MOST_EVENTS, timeout, count => {
      done(Array.from({ length: count < 0 ? this.#retry() : count }, (_, i) => this.#events.view.getUint32(i * SIZE + DATA, true)));
    });
  }

  /** Waits again in this thread: the other thread's errno is out of reach, and what is wrong with the set shows here too. */
  #retry(): number {
    const count = libc().epoll_wait(this.#descriptor.number, this.#events.addressOf(), MOST_EVENTS, 0);
    if (count >= 0) return count;
    const errno = libc().errno();
    if (errno === constants.errno.EINTR) return 0;
    throw new SyscallError({ call: 'epoll_wait', action: 'wait for descriptors' }, errno, 'an epoll set');
  }

  /** Closes the set as the thread ends, while a wait may still run: what it writes to stays. */
  abandon(): void {
    this.#descriptor.close();
  }

  close(): void {
    this.#descriptor.close();
    this.#events[Symbol.dispose]();
  }
}
