/** The control socket: lets clients in, a few at a time, and carries requests and answers; a client can harm nobody but itself. */
import { Socket } from 'node:net';
import { UnixListener } from '../../linux/unix-transport/index.ts';
import { formatFault } from '../fault.ts';
import { ServiceError } from '../service-error.ts';
import { requireFolderOf } from '../socket-folder.ts';
import { version } from '../version.ts';
import { ControlDesk } from './answer.ts';
import { type ControlledDevice, RefusedError } from './controlled-device.ts';
import { CONTROL_VERSION, type ControlAnswer, type ControlErrorCode, type Greeting, MOST_REQUEST, parseRequest } from './protocol.ts';
import { LineError, readLines } from './read-lines.ts';

/** Clients at a time; one more is told that there are too many, and closed. */
const MOST_CLIENTS = 16;
/** Sockets at a time, those that are being closed included; one more is closed without a word. */
const MOST_SOCKETS = 2 * MOST_CLIENTS;
/** Milliseconds without a byte in or out after which a client is closed. */
const DEFAULT_PATIENCE = 60_000;
/** Milliseconds that a client has to take our last words. */
const LAST_WORDS = 1000;

export interface ControlServerOptions {
  readonly path: string;
  /** Permissions of the socket: whoever may write to it may send requests. */
  readonly mode: number;
  readonly devices: readonly ControlledDevice[];
  /** Takes messages for the user, one line at a time. */
  readonly tell: (line: string) => void;
  /** Milliseconds for which a client may be silent; default 60,000. */
  readonly patience?: number;
}

export interface ControlServer {
  readonly path: string;
  /** Ends all clients and removes the socket. Resolves when everything is closed; never rejects. */
  close(): Promise<void>;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function formatLine(words: ControlAnswer | Greeting): string {
  return `${JSON.stringify(words)}\n`;
}

function errorLine(code: ControlErrorCode, message: string): string {
  return formatLine({ error: { code, message } });
}

class Server implements ControlServer {
  readonly path: string;
  readonly #listener: UnixListener;
  readonly #desk: ControlDesk;
  readonly #tell: (line: string) => void;
  readonly #patience: number;
  readonly #greeting = formatLine({ airlock: version(), control: CONTROL_VERSION });
  readonly #clients = new Map<Socket, Promise<void>>();
  readonly #ended: Promise<void>;

  constructor({ path, mode, devices, tell, patience = DEFAULT_PATIENCE }: ControlServerOptions) {
    this.path = path;
    this.#listener = UnixListener.listen(path, { mode });
    this.#desk = new ControlDesk(devices);
    this.#tell = tell;
    this.#patience = patience;
    this.#ended = this.#accept().catch(error => {
      tell(`control socket: ${wordsOf(error)}`);
      this.#listener.close();
    });
  }

  async #accept(): Promise<void> {
    for (let taken = await this.#listener.accept(); taken !== null; taken = await this.#listener.accept()) {
      const others = this.#clients.size;
      if (others >= MOST_SOCKETS) {
        taken.close();
        continue;
      }
      // A client may send all its requests, close its side and then read.
      const socket = new Socket({ fd: taken.release(), readable: true, writable: true, allowHalfOpen: true });
      const served = this.#serve(socket, others >= MOST_CLIENTS).finally(() => this.#clients.delete(socket));
      this.#clients.set(socket, served);
    }
  }

  /** Resolves when the socket is closed, whatever the client does. */
  async #serve(socket: Socket, isOneTooMany: boolean): Promise<void> {
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
    // That a client has gone needs no message.
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#patience, () => socket.destroy());
    try {
      if (isOneTooMany) socket.write(errorLine('usage', `${MOST_CLIENTS} clients are connected already: wanted one of them to go`));
      else await this.#converse(socket);
    } catch (error) {
      if (error instanceof LineError) socket.write(errorLine('usage', error.message));
      else if (!socket.destroyed) this.#tell(`control socket: ${wordsOf(error)}`);
    }
    socket.end();
    // Unread data would make the system drop our last words when the socket closes.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS);
    await closed;
    clearTimeout(timer);
  }

  async #converse(socket: Socket): Promise<void> {
    socket.write(this.#greeting);
    // Reads nothing more until the answer is sent, so that a client that never reads its answers blocks only itself.
    for await (const line of readLines(socket.iterator({ destroyOnReturn: false }), MOST_REQUEST)) {
      const answer = await this.#answer(line);
      if (!socket.destroyed && !socket.write(answer)) await drained(socket);
      if (socket.destroyed) return;
    }
  }

  async #answer(line: string): Promise<string> {
    try {
      return formatLine({ result: await this.#desk.answer(parseRequest(line)) });
    } catch (error) {
      if (error instanceof ServiceError) return errorLine('usage', error.message);
      if (error instanceof RefusedError) return errorLine('refused', error.message);
      for (const line of formatFault(error)) this.#tell(`control socket: ${line}`);
      return errorLine('internal', wordsOf(error));
    }
  }

  async close(): Promise<void> {
    this.#listener.close();
    for (const socket of this.#clients.keys()) socket.destroy();
    await this.#ended;
    await Promise.all(this.#clients.values());
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    for (const event of ['drain', 'close'] as const) socket.once(event, () => resolve());
  });
}

/**
 * Listens at `path`; a socket that a server left behind is replaced. Throws ServiceError where it cannot: a server listens there, there
 * is another file, the folder is not there or not ours to write to, the path has more than 107 bytes.
 */
export function serveControl(options: ControlServerOptions): ControlServer {
  try {
    requireFolderOf(options.path);
    return new Server(options);
  } catch (error) {
    throw new ServiceError(`--control: ${wordsOf(error)}`);
  }
}
