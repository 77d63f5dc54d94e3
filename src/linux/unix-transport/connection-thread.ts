/** A thread that carries one connection, so that a client which is busy or hostile holds up nobody else. */
import type { Worker } from 'node:worker_threads';
import { type Descriptor, EventFd } from '../ffi/index.ts';
import { type ConnectionCounters, createConnectionCounters } from './connection-counters.ts';
import { DEFAULT_SPIN } from './run-connection.ts';
import { StandbyThread } from './standby-thread.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';
import type { ConnectionEnd } from './unix-connection.ts';

/** What a thread is given, and how long it polls. */
export interface ConnectionThreadOptions {
  /** For the thread, as a structured clone. */
  readonly data: unknown;
  /** Microseconds for which it polls after a message; default 100, 0 to wait at once. */
  readonly spin?: number;
  /** Takes what the thread's `post` sends. */
  readonly onMessage?: (message: unknown) => void;
}

/** One connection in a thread of its own, seen from the thread that started it. */
export class ConnectionThread {
  /** Resolves when the thread is gone and everything that it held is closed; never rejects. */
  readonly ended: Promise<ConnectionEnd>;
  /** As of the last `readCounters`, or of the end. */
  counters: ConnectionCounters = createConnectionCounters();
  readonly #worker: Worker;
  readonly #socket: Descriptor;
  readonly #wake: EventFd;
  readonly #onMessage: (message: unknown) => void;
  #end: ConnectionEnd | null = null;
  #waiting: (() => void)[] = [];

  /** Starts a module that calls `runInWorker`, or takes a thread that was started ahead; owns the thread and the socket from then on. */
  constructor(thread: URL | StandbyThread, socket: Descriptor, options: ConnectionThreadOptions) {
    this.#socket = socket;
    this.#wake = new EventFd('the wake-up of a thread');
    this.#onMessage = options.onMessage ?? (() => undefined);
    const { data, spin = DEFAULT_SPIN } = options;
    const start: ThreadStart = { socket: socket.number, wake: this.#wake.descriptor.number, target: socket.target, spin, data };
    try {
      const standby = thread instanceof StandbyThread ? thread : new StandbyThread(thread);
      this.#worker = standby.worker;
      standby.start(start);
    } catch (error) {
      socket.close();
      this.#wake.close();
      throw error;
    }
    this.#worker.on('message', (message: FromThread) => this.#take(message));
    this.ended = new Promise(resolve => {
      this.#worker.on('error', error => {
        this.#end ??= { reason: 'fault', error };
      });
      this.#worker.on('exit', () => resolve(this.#finish()));
    });
  }

  #take(message: FromThread): void {
    if (message.kind === 'taken') this.#socket.release();
    else if (message.kind === 'message') this.#onMessage(message.message);
    else {
      this.counters = message.counters;
      if (message.kind === 'ended') this.#end = message.end;
      this.#answer();
    }
  }

  #answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #finish(): ConnectionEnd {
    this.#wake.close();
    // A thread that ended before it took the socket has left it to us.
    this.#socket.close();
    this.#answer();
    return this.#end ?? { reason: 'fault', error: new Error(`The thread of ${this.#socket.target} ended by itself`) };
  }

  #tell(order: ToThread): void {
    if (this.#wake.descriptor.isClosed) return;
    this.#worker.postMessage(order);
    this.#wake.signal();
  }

  /** Sends a structured clone to the thread's `onMessage`. */
  post(message: unknown): void {
    this.#tell({ kind: 'message', message });
  }

  /** What the connection counted until now. */
  async readCounters(): Promise<ConnectionCounters> {
    if (this.#end === null && !this.#wake.descriptor.isClosed) {
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve);
        this.#tell({ kind: 'counters' });
      });
    }
    return this.counters;
  }

  /** Ends the connection after the message being handled; resolves as `ended` does. */
  stop(): Promise<ConnectionEnd> {
    this.#tell({ kind: 'stop' });
    return this.ended;
  }
}
