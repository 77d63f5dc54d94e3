/** One Unix socket to the VM: listens before the VM starts, so that QEMU connects when it starts and nothing is polled. */
import { createServer, type Server, type Socket } from 'node:net';

export interface Channel {
  send(bytes: string | Uint8Array): void;
  close(): void;
}

/** Listens at `path`; what comes is given to `onBytes`. */
export async function openChannel(path: string, onBytes: (chunk: Uint8Array) => void): Promise<Channel> {
  let socket: Socket | undefined;
  const waiting: (string | Uint8Array)[] = [];
  const server: Server = createServer(connection => {
    socket = connection;
    connection.on('data', onBytes);
    // How a VM ended is told by its process, not by its sockets.
    connection.on('error', () => {});
    for (const bytes of waiting.splice(0)) connection.write(bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    send(bytes) {
      if (socket === undefined) waiting.push(bytes);
      else socket.write(bytes);
    },
    close() {
      socket?.destroy();
      server.close();
    },
  };
}
