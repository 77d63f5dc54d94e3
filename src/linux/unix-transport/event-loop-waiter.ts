/** Waits for any number of descriptors without holding up the thread's event loop: one wait in another thread for all of them. */
import { isMainThread } from 'node:worker_threads';
import { type Descriptor, Epoll, EventFd, POLLIN } from '../ffi/index.ts';
import type { UnixConnection } from './unix-connection.ts';
import type { Waiter } from './waiter.ts';

/** Milliseconds after which the other thread looks up, so that a missed wake-up delays a wait but never hangs it. */
const LONGEST = 1000;

/** A descriptor that somebody waits for, with the number that it had: whoever closed it may have given that to another. */
interface Wait {
  readonly descriptor: Descriptor;
  readonly number: number;
  readonly done: () => void;
}

/** Shared by everything in this thread that waits; exists only while somebody uses it. */
class Readiness {
  readonly #epoll = new Epoll();
  readonly #wake = new EventFd('the wake-up of the waiting thread');
  readonly #waits = new Map<number, Wait>();
  #users = 0;
  #isWaiting = false;
  #isAbandoned = false;
  // A thread of Node's pool that waits keeps the process from ending.
  readonly #onExit = (): void => {
    this.#wake.signal();
    // What a thread leaves open stays open in the process.
    if (isMainThread) return;
    this.#isAbandoned = true;
    this.#epoll.abandon();
    this.#wake.close();
  };

  constructor() {
    this.#epoll.add(this.#wake.descriptor, POLLIN);
    process.on('exit', this.#onExit);
  }

  acquire(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#isAbandoned) return;
    if (this.#isWaiting) this.#wake.signal();
    else this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#users > 0) return;
    if (shared === this) shared = null;
    process.off('exit', this.#onExit);
    this.#epoll.close();
    this.#wake.close();
  }

  /** Calls `done` once, when one of `events` is there, unless what comes back is forgotten before. */
  watch(descriptor: Descriptor, events: number, done: () => void): Wait {
    this.#epoll.add(descriptor, events);
    const wait: Wait = { descriptor, number: descriptor.number, done };
    this.#waits.set(wait.number, wait);
    if (!this.#isWaiting) this.#wait();
    return wait;
  }

  /** Does nothing the second time. */
  forget(wait: Wait): void {
    if (this.#isAbandoned || this.#waits.get(wait.number) !== wait) return;
    this.#waits.delete(wait.number);
    // The kernel forgets a descriptor that is closed.
    if (!wait.descriptor.isClosed) this.#epoll.remove(wait.descriptor);
    // The process must be able to end once nothing is waited for.
    if (this.#waits.size === 0 && this.#isWaiting) this.#wake.signal();
  }

  #tell(wait: Wait | undefined): void {
    if (wait === undefined) return;
    this.forget(wait);
    wait.done();
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#epoll.wait(LONGEST, ready => {
      this.#isWaiting = false;
      for (const number of ready) {
        if (number === this.#wake.descriptor.number) this.#rearm();
        else this.#tell(this.#waits.get(number));
      }
      if (this.#waits.size > 0) this.#wait();
      else this.#closeIfUnused();
    });
  }

  #rearm(): void {
    this.#wake.drain();
    this.#epoll.remove(this.#wake.descriptor);
    this.#epoll.add(this.#wake.descriptor, POLLIN);
  }
}

let shared: Readiness | null = null;

/** Whether anybody in this thread waits, or what waited for them is not closed yet. */
export function isAnyoneWaiting(): boolean {
  return shared !== null;
}

/** Waits on behalf of one owner, who closes it when nothing of it waits any more. */
export class EventLoopWaiter implements Waiter, Disposable {
  readonly turnTime = 1;
  readonly isAlone = false;
  readonly #readiness: Readiness;
  #isClosed = false;

  constructor() {
    shared ??= new Readiness();
    this.#readiness = shared;
    this.#readiness.acquire();
  }

  /**
   * Resolves when one of `events` is there, or when somebody calls the function that `onWait` is given, as whoever closes the descriptor
   * must: the kernel says nothing of one that is closed.
   */
  ready(descriptor: Descriptor, events: number, onWait: (wake: () => void) => void = () => undefined): Promise<void> {
    return new Promise(resolve => {
      const wait = this.#readiness.watch(descriptor, events, resolve);
      onWait(() => {
        this.#readiness.forget(wait);
        resolve();
      });
    });
  }

  async wait(connection: UnixConnection): Promise<void> {
    await this.ready(connection.socket, connection.events, wake => {
      connection.onChange = wake;
    });
    connection.onChange = null;
  }

  afterTurn(): void {
    // There is nothing to do: no other thread gives orders here.
  }

  /** Nothing waits for it any more. Does nothing the second time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readiness.release();
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
