/** Waiting for several descriptors at once (poll(2)). */
import { constants } from 'node:os';
import { s32, u16 } from '../../pure/bytes/c-types.ts';
import { struct } from '../../pure/bytes/struct.ts';
import type { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { NativeBlock } from './native-block.ts';
import { SyscallError } from './syscall-error.ts';

const pollfd = struct('pollfd', { fd: s32, events: u16, revents: u16 });
const EVENTS = pollfd.fields.events.offset;
const REVENTS = pollfd.fields.revents.offset;

/** A number of places, each empty or watching one descriptor. */
export class PollSet implements Disposable {
  readonly capacity: number;
  readonly #block: NativeBlock;

  /** Throws RangeError for a capacity below 1. */
  constructor(capacity: number) {
    this.#block = NativeBlock.allocate(capacity * pollfd.size);
    this.capacity = capacity;
    for (let place = 0; place < capacity; place++) this.clear(place);
  }

  #at(place: number): number {
    if (Number.isInteger(place) && place >= 0 && place < this.capacity) return place * pollfd.size;
    throw new RangeError(`Cannot use place ${place} of a poll set: it has ${this.capacity}`);
  }

  /** Watches `descriptor` for `events` (POLLIN, POLLOUT; errors and hang-ups always). The caller clears the place before closing it. */
  watch(place: number, descriptor: Descriptor, events: number): void {
    const at = this.#at(place);
    const { view } = this.#block;
    view.setInt32(at, descriptor.number, true);
    view.setUint16(at + EVENTS, events, true);
    view.setUint16(at + REVENTS, 0, true);
  }

  /** Empties a place: poll passes over negative descriptors. */
  clear(place: number): void {
    const at = this.#at(place);
    this.#block.view.setInt32(at, -1, true);
    this.#block.view.setUint16(at + REVENTS, 0, true);
  }

  /**
   * Blocks this thread until something happened or `timeout` milliseconds passed (0: at once, -1: for ever). Returns how many
   * places are ready; 0 after a signal too, so that its handler can run. Throws SyscallError.
   */
  wait(timeout: number): number {
    const ready = libc().poll(this.#block.addressOf(), this.capacity, timeout);
    if (ready >= 0) return ready;
    const errno = libc().errno();
    if (errno !== constants.errno.EINTR) throw new SyscallError({ call: 'poll', action: 'wait for descriptors' }, errno, 'poll');
    // The kernel left the answers of an earlier wait in place.
    for (let place = 0; place < this.capacity; place++) this.#block.view.setUint16(this.#at(place) + REVENTS, 0, true);
    return 0;
  }

  /** What the last `wait` found at a place (`revents`): POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL. */
  ready(place: number): number {
    return this.#block.view.getUint16(this.#at(place) + REVENTS, true);
  }

  [Symbol.dispose](): void {
    this.#block[Symbol.dispose]();
  }
}
