/** One Unix socket to the VM: listens before the VM starts, so that QEMU connects when it starts and nothing is polled. */
import { createServer, type Server, type Socket } from 'node:net';
import { lineSplitter } from './protocol.ts';

export interface Channel {
  send(message: object): void;
  close(): void;
}

/** Listens at `path`; every line that comes is parsed as JSON and given to `onMessage`. */
export async function openChannel(path: string, onMessage: (message: unknown) => void): Promise<Channel> {
  let socket: Socket | undefined;
  const waiting: string[] = [];
  const server: Server = createServer(connection => {
    socket = connection;
    const onBytes = lineSplitter(line => {
      if (line.trim() !== '') onMessage(JSON.parse(line));
    });
    connection.on('data', onBytes);
    // How a VM ended is told by its process, not by its sockets.
    connection.on('error', () => {});
    for (const line of waiting.splice(0)) connection.write(line);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    send(message) {
      const line = `${JSON.stringify(message)}\n`;
      if (socket === undefined) waiting.push(line);
      else socket.write(line);
    },
    close() {
      socket?.destroy();
      server.close();
    },
  };
}
