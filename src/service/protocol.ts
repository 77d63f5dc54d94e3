/** What the main thread of `serve` and the threads of its connections say to one another. */
import type { Counters } from '../pure/vfio-user/index.ts';
import type { DeviceOrder, DeviceState } from './device-order.ts';

/** The data that the thread of a connection is started with. */
export interface ServeStart {
  readonly order: DeviceOrder;
  readonly state: DeviceState;
  /** Whether the next client is to find nothing of this one: then no state is handed on. */
  readonly isFresh: boolean;
  /** Whether every message is told. */
  readonly isLogged: boolean;
}

export type FromServer =
  | { readonly kind: 'log'; readonly line: string }
  /** A message for the user. */
  | { readonly kind: 'notice'; readonly line: string }
  /** The device failed. `isOurs` says that the kernel refused nothing; a cloned error could not tell. */
  | { readonly kind: 'fault'; readonly error: Error; readonly isOurs: boolean }
  | { readonly kind: 'counters'; readonly counters: Counters }
  /** The connection has ended. */
  | { readonly kind: 'state'; readonly state: DeviceState };

/** The only question: the counters as they are now. */
export type ToServer = { readonly kind: 'counters' };
