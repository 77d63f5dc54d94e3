/** What a thread that carries connections and the one that started it say to one another. */
import type { ConnectionCounters } from './connection-counters.ts';
import type { ConnectionEnd } from './unix-connection.ts';

export interface ThreadStart {
  readonly socket: number;
  readonly wake: number;
  /** For errors. */
  readonly target: string;
  readonly spin: number;
  /** The caller's, as a structured clone. */
  readonly data: unknown;
}

/** All but `start` belong to the connection that was started last; the thread drops those that come after its end. */
export type ToThread =
  | { readonly kind: 'start'; readonly start: ThreadStart }
  | { readonly kind: 'stop' }
  /** Ends the connection with this error unless the client has agreed on a version. */
  | { readonly kind: 'late'; readonly error: Error }
  | { readonly kind: 'counters' }
  /** The caller's, for `onMessage`. */
  | { readonly kind: 'message'; readonly message: unknown };

export type FromThread =
  /** The thread closes the socket from now on. */
  | { readonly kind: 'taken' }
  /** The client has said VERSION. */
  | { readonly kind: 'agreed' }
  | { readonly kind: 'counters'; readonly counters: ConnectionCounters }
  | { readonly kind: 'message'; readonly message: unknown }
  /** Everything that the connection held is closed. `isFree`: the thread waits for the next one; otherwise it ends now. */
  | { readonly kind: 'ended'; readonly end: ConnectionEnd; readonly counters: ConnectionCounters; readonly isFree: boolean };
