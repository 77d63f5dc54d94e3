/** Serves endpoints on a listener in the caller's own thread, one connection after another; its event loop goes on meanwhile. */
import type { Descriptor } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { runConnection } from './run-connection.ts';
import { type ConnectionEnd, type MakeEndpoint, UnixConnection } from './unix-connection.ts';
import type { UnixListener } from './unix-listener.ts';

/** How connections are served, and who is told of their end. */
export interface EndpointServerOptions {
  /** Microseconds for which a connection polls after a message, in turns of the event loop; default 0: waits at once. */
  readonly spin?: number;
  /** Ends after the first connection. */
  readonly once?: boolean;
  /** Called after each connection. */
  readonly onEnd?: (end: ConnectionEnd) => void;
}

/** Serves one client after another in the caller's thread. */
export class EndpointServer {
  /** Resolves when no connection will be served any more; rejects where none can be accepted or `makeEndpoint` throws. */
  readonly ended: Promise<void>;
  readonly #listener: UnixListener;
  readonly #waiter = new EventLoopWaiter();
  #connection: UnixConnection | null = null;

  /** Serves from now on; becomes the owner of `listener`. */
  constructor(listener: UnixListener, makeEndpoint: MakeEndpoint, options: EndpointServerOptions = {}) {
    this.#listener = listener;
    this.ended = this.#run(makeEndpoint, options).finally(() => {
      listener.close();
      this.#waiter.close();
    });
  }

  /** The connection being served. */
  get connection(): UnixConnection | null {
    return this.#connection;
  }

  async #run(makeEndpoint: MakeEndpoint, options: EndpointServerOptions): Promise<void> {
    for (let socket = await this.#listener.accept(); socket !== null; socket = await this.#listener.accept()) {
      const end = await this.#serve(socket, makeEndpoint, options.spin ?? 0);
      options.onEnd?.(end);
      if (options.once) return;
    }
  }

  async #serve(socket: Descriptor, makeEndpoint: MakeEndpoint, spin: number): Promise<ConnectionEnd> {
    this.#connection = new UnixConnection(socket, makeEndpoint);
    try {
      return await runConnection(this.#connection, this.#waiter, spin);
    } finally {
      this.#connection.close();
      this.#connection = null;
    }
  }

  /** Ends the connection and the listener; resolves when everything is closed. */
  async close(): Promise<void> {
    this.#listener.close();
    this.#connection?.close();
    await this.ended;
  }
}
