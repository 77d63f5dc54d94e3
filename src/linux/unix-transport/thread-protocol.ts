/** What a thread that carries a connection and the one that started it say to one another. */
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

export type ToThread =
  | { readonly kind: 'stop' }
  | { readonly kind: 'counters' }
  /** The caller's, for `onMessage`. */
  | { readonly kind: 'message'; readonly message: unknown };

export type FromThread =
  /** The thread closes the socket from now on. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'counters'; readonly counters: ConnectionCounters }
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'ended'; readonly end: ConnectionEnd; readonly counters: ConnectionCounters };
