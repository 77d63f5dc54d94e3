/** A vfio-user client on a socket, in the caller's own thread; its event loop goes on meanwhile. */
import { VfioUserClient, type VfioUserClientOptions } from '../../pure/vfio-user/index.ts';
import { connectUnix, pageSize } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { runConnection } from './run-connection.ts';
import { type ConnectionEnd, UnixConnection } from './unix-connection.ts';

/** A client and the life of its connection. */
export interface ConnectedClient {
  readonly client: VfioUserClient;
  /** Resolves when the connection is gone and everything is closed; promises that waited for a reply have been rejected by then. */
  readonly ended: Promise<ConnectionEnd>;
  /** Ends the connection; resolves as `ended` does. */
  close(): Promise<ConnectionEnd>;
}

/**
 * Connects to the server at `path`; nothing is negotiated yet.
 * @throws SyscallError where nobody listens there
 * @throws RangeError for a path of more than 107 bytes
 */
export function connectClient(path: string, options: VfioUserClientOptions = {}): ConnectedClient {
  const waiter = new EventLoopWaiter();
  let client: VfioUserClient | null = null;
  try {
    const connection = new UnixConnection(connectUnix(path), carrier => {
      client = new VfioUserClient(carrier, { pageSize: pageSize(), ...options });
      return client;
    });
    if (client === null) throw new TypeError('Cannot connect: no client was made');
    const ended = runConnection(connection, waiter, 0).finally(() => waiter.close());
    const close = (): Promise<ConnectionEnd> => {
      connection.close();
      return ended;
    };
    return { client, ended, close };
  } catch (error) {
    waiter.close();
    throw error;
  }
}
