/** How a thread waits until a connection has something to do. */
import type { UnixConnection } from './unix-connection.ts';

/** How a thread spends the time in which nothing comes. */
export interface Waiter {
  /** Longest time in milliseconds for which the thread may go on without a turn of its event loop. */
  readonly turnTime: number;
  /** Whether the thread is the connection's alone, so that it may spin without a turn of its event loop. */
  readonly isAlone: boolean;
  /** Waits until `connection.events`, a change or a call from outside; may return early. Rejects only where the kernel is broken. */
  wait(connection: UnixConnection): Promise<void>;
  /** After each turn of the event loop. */
  afterTurn(connection: UnixConnection): void;
}
