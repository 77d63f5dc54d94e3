/** Waits in poll(2), in a thread of the connection's own; another thread wakes it through an eventfd. */
import { type EventFd, POLLIN, PollSet } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import type { UnixConnection } from './unix-connection.ts';
import type { Waiter } from './waiter.ts';

const SOCKET = 0;
const WAKE = 1;

export class BlockingWaiter implements Waiter, Disposable {
  readonly turnTime = 10;
  readonly isAlone = true;
  readonly #wake: EventFd;
  readonly #onTurn: (connection: UnixConnection) => void;
  readonly #set = new PollSet(2);
  /** Made when the device first has a timer: few have. */
  #eventLoop: EventLoopWaiter | null = null;

  /** Other threads signal `wake`, which stays the caller's; `onTurn` finds out what they want. */
  constructor(wake: EventFd, onTurn: (connection: UnixConnection) => void) {
    this.#wake = wake;
    this.#onTurn = onTurn;
    this.#set.watch(WAKE, wake.descriptor, POLLIN);
  }

  async wait(connection: UnixConnection): Promise<void> {
    if (hasTimers()) {
      await this.#waitForTimers(connection);
    } else {
      this.#set.watch(SOCKET, connection.socket, connection.events);
      this.#set.wait(-1);
      this.#set.clear(SOCKET);
      if (this.#set.ready(WAKE) === 0) return;
    }
    this.#wake.drain();
    this.#onTurn(connection);
  }

  afterTurn(connection: UnixConnection): void {
    this.#onTurn(connection);
  }

  /** Timers, files and sockets of the device's own need the event loop: this thread must not block. */
  async #waitForTimers(connection: UnixConnection): Promise<void> {
    this.#eventLoop ??= new EventLoopWaiter();
    let forgetWake = (): void => undefined;
    const woken = this.#eventLoop.ready(this.#wake.descriptor, POLLIN, forget => {
      forgetWake = forget;
    });
    let endWait = (): void => undefined;
    const ready = this.#eventLoop.ready(connection.socket, connection.events, wake => {
      endWait = wake;
    });
    connection.onChange = endWait;
    await Promise.race([woken, ready]);
    connection.onChange = null;
    forgetWake();
    endWait();
  }

  [Symbol.dispose](): void {
    this.#set[Symbol.dispose]();
    this.#eventLoop?.close();
  }
}

/** Whether the event loop has anything to do beside ports to other threads, which signal the wake-up: timers and files of the device. */
export function hasTimers(): boolean {
  return process.getActiveResourcesInfo().some(name => name !== 'MessagePort');
}
