/** How devices are served, as plain values. */
import type { ListenAddress } from './metrics.ts';

export interface ServeSettings {
  /** Permissions of the sockets. */
  readonly mode: number;
  /** Microseconds for which a connection polls after a message; undefined for the transport's own default. */
  readonly spin: number | undefined;
  /** Milliseconds in which a client must agree on a version, 0 for any time; undefined for the transport's own default. */
  readonly versionDeadline: number | undefined;
  /** Ends after the first client. */
  readonly isOnce: boolean;
  /** Gives each client the device as at first, whatever the client before did to it. */
  readonly isFresh: boolean;
  /** Prints every message of the protocol. */
  readonly isLogged: boolean;
  /** Where metrics are answered; null for nowhere. */
  readonly metrics: ListenAddress | null;
  /** Path of the control socket; null for none. */
  readonly control: string | null;
}
