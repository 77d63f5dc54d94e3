/** A thread that carries one connection, so that a client which is busy or hostile holds up nobody else. */
import type { Worker } from 'node:worker_threads';
import { type Descriptor, EventFd } from '../ffi/index.ts';
import { type ConnectionCounters, createConnectionCounters } from './connection-counters.ts';
import { DEFAULT_SPIN } from './run-connection.ts';
import { StandbyThread } from './standby-thread.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';
import type { ConnectionEnd } from './unix-connection.ts';
import { DEFAULT_VERSION_DEADLINE, startVersionDeadline } from './version-deadline.ts';

/** What a thread is given, and how long it polls. */
export interface ConnectionThreadOptions {
  /** For the thread, as a structured clone. */
  readonly data: unknown;
  /** Microseconds for which it polls after a message; default 100, 0 to wait at once. */
  readonly spin?: number;
  /**
   * Milliseconds, from now on, in which the client must agree on a version, after which the connection ends as one that broke the protocol;
   * default 10,000, 0 for any time.
   */
  readonly versionDeadline?: number;
  /** Takes what the thread's `post` sends. */
  readonly onMessage?: (message: unknown) => void;
}

/** One connection in a thread of its own, seen from the thread that started it. */
export class ConnectionThread {
  /**
   * Resolves when everything that the connection held is closed, and its thread waits for another connection or is gone; never rejects.
   */
  readonly ended: Promise<ConnectionEnd>;
  /** As of the last `readCounters`, or of the end. */
  counters: ConnectionCounters = createConnectionCounters();
  readonly #worker: Worker;
  readonly #socket: Descriptor;
  readonly #wake: EventFd;
  readonly #onMessage: (message: unknown) => void;
  #end: ConnectionEnd | null = null;
  #isOver = false;
  #deadline: NodeJS.Timeout | null = null;
  #resolve: (end: ConnectionEnd) => void = () => undefined;
  #waiting: (() => void)[] = [];

  /**
   * Gives the connection to a thread that waits for one, or to a new one that runs a module, which calls `runInWorker`; becomes the owner
   * of the socket.
   */
  constructor(thread: URL | StandbyThread, socket: Descriptor, options: ConnectionThreadOptions) {
    this.#socket = socket;
    this.#wake = new EventFd('the wake-up of a thread');
    this.#onMessage = options.onMessage ?? (() => undefined);
    const { data, spin = DEFAULT_SPIN, versionDeadline = DEFAULT_VERSION_DEADLINE } = options;
    const start: ThreadStart = { socket: socket.number, wake: this.#wake.descriptor.number, target: socket.target, spin, data };
    this.ended = new Promise(resolve => {
      this.#resolve = resolve;
    });
    try {
      const standby = thread instanceof StandbyThread ? thread : new StandbyThread(thread);
      this.#worker = standby.worker;
      standby.start(start, {
        take: message => this.#take(message),
        fail: error => {
          this.#end ??= { reason: 'fault', error };
        },
        lose: () => this.#finish(),
      });
    } catch (error) {
      socket.close();
      this.#wake.close();
      throw error;
    }
    this.#deadline = startVersionDeadline(versionDeadline, error => this.#tell({ kind: 'late', error }));
  }

  #take(message: FromThread): void {
    if (message.kind === 'taken') this.#socket.release();
    else if (message.kind === 'agreed') this.#forgetDeadline();
    else if (message.kind === 'message') this.#onMessage(message.message);
    else {
      this.counters = message.counters;
      if (message.kind === 'ended') {
        this.#end = message.end;
        if (message.isFree) this.#finish();
      }
      this.#answer();
    }
  }

  #forgetDeadline(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }

  #answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #finish(): void {
    this.#isOver = true;
    this.#forgetDeadline();
    this.#wake.close();
    // A thread that ended before it took the socket has left it to us.
    this.#socket.close();
    this.#answer();
    this.#resolve(this.#end ?? { reason: 'fault', error: new Error(`The thread of ${this.#socket.target} ended by itself`) });
  }

  #tell(order: ToThread): void {
    // The thread may carry another connection by now.
    if (this.#isOver) return;
    this.#worker.postMessage(order);
    this.#wake.signal();
  }

  /** Sends a structured clone to the thread's `onMessage`. */
  post(message: unknown): void {
    this.#tell({ kind: 'message', message });
  }

  /** What the connection counted until now. */
  async readCounters(): Promise<ConnectionCounters> {
    if (this.#end === null && !this.#isOver) {
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
