/** Serves endpoints on a listener in the caller's own thread, one connection after another; its event loop goes on meanwhile. */
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { runConnection } from './run-connection.ts';
import { type ConnectionEnd, type MakeEndpoint, UnixConnection } from './unix-connection.ts';
import type { UnixListener } from './unix-listener.ts';
import { DEFAULT_VERSION_DEADLINE, startVersionDeadline } from './version-deadline.ts';
import { type Guest, WaitingRoom } from './waiting-room.ts';

/** How connections are served, and who is told of their end. */
export interface EndpointServerOptions {
  /** Microseconds for which a connection polls after a message, in turns of the event loop; default 0: waits at once. */
  readonly spin?: number;
  /**
   * Milliseconds in which a client must agree on a version; default 10,000, 0 for any time. One that says nothing holds up nobody; one that
   * has begun holds up the others for so long.
   */
  readonly versionDeadline?: number;
  /** Ends after the first connection. */
  readonly once?: boolean;
  /** Called after each connection. */
  readonly onEnd?: (end: ConnectionEnd) => void;
}

/** Serves one client after another in the caller's thread. */
export class EndpointServer {
  /** Resolves when no connection will be served any more; rejects where none can be accepted or `makeEndpoint` throws. */
  readonly ended: Promise<void>;
  readonly #room: WaitingRoom;
  readonly #deadline: number;
  readonly #waiter = new EventLoopWaiter();
  #connection: UnixConnection | null = null;

  /** Serves from now on; becomes the owner of `listener`. */
  constructor(listener: UnixListener, makeEndpoint: MakeEndpoint, options: EndpointServerOptions = {}) {
    this.#deadline = options.versionDeadline ?? DEFAULT_VERSION_DEADLINE;
    this.#room = new WaitingRoom(listener, this.#deadline);
    this.ended = this.#run(makeEndpoint, options).finally(() => {
      this.#room.close();
      this.#waiter.close();
    });
  }

  /** The connection being served. */
  get connection(): UnixConnection | null {
    return this.#connection;
  }

  async #run(makeEndpoint: MakeEndpoint, options: EndpointServerOptions): Promise<void> {
    for (let guest = await this.#room.next(); guest !== null; guest = await this.#room.next()) {
      if (this.#room.isClosed) {
        // It was given just before the room was closed.
        guest.socket.close();
        return;
      }
      const end = await this.#serve(guest, makeEndpoint, options.spin ?? 0);
      options.onEnd?.(end);
      if (options.once) return;
    }
  }

  async #serve({ socket }: Guest, makeEndpoint: MakeEndpoint, spin: number): Promise<ConnectionEnd> {
    const connection = new UnixConnection(socket, makeEndpoint);
    this.#connection = connection;
    const timer = startVersionDeadline(this.#deadline, error => connection.endUnlessAgreed(error));
    const forget = (): void => {
      if (timer !== null) clearTimeout(timer);
    };
    connection.onAgreed = forget;
    try {
      return await runConnection(connection, this.#waiter, spin);
    } finally {
      forget();
      this.#connection.close();
      this.#connection = null;
    }
  }

  /** Ends the connection and the listener; resolves when everything is closed. */
  async close(): Promise<void> {
    this.#room.close();
    this.#connection?.close();
    await this.ended;
  }
}
