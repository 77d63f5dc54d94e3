/** A thread that has been started before there is a connection for it: a VMM waits only a few seconds for its first reply. */
import { Worker } from 'node:worker_threads';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';

/** What a thread is started with; what it is for comes as a message. */
export interface StandbyData {
  /** One of the three below. */
  readonly flag: Int32Array<SharedArrayBuffer>;
  /** Whether it waits for another connection after one that ended well. */
  readonly isKept: boolean;
  /** What `make` of `runInWorker` is called with first, to rehearse; left out where there is nothing to rehearse. */
  readonly rehearsal?: unknown;
}

/** How a thread that waits is used. */
export interface StandbyThreadOptions {
  /** Whether it carries one connection after another, as long as they go well; otherwise it ends after the first. */
  readonly isKept?: boolean;
  /**
   * Data of a made-up connection, as a structured clone: before it waits for its first client the thread serves it, so that the engine has
   * compiled what answers. It ends as soon as there is a client.
   */
  readonly rehearsal?: unknown;
}

/** Until the message is there. */
export const WAITING = 0;
const STARTED = 1;
/** There will be no message. */
export const DISMISSED = 2;

/** Who is told what the thread does, as long as it carries a connection. */
export interface ThreadUser {
  take(message: FromThread): void;
  /** Something was thrown that nothing in the thread caught; it ends then. */
  fail(error: Error): void;
  /** The thread is gone. */
  lose(): void;
}

/** Waits for nothing but its start: it costs memory, no time, and does not keep the process from ending. */
export class StandbyThread {
  readonly worker: Worker;
  /** Resolves when it is gone; never rejects. */
  readonly ended: Promise<void>;
  /**
   * Called when it waits for the next connection.
   * @internal
   */
  onFree: () => void = () => undefined;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  #isUsable = true;
  #user: ThreadUser | null = null;

  /** Starts `module`, which calls `runInWorker`. */
  constructor(module: URL, { isKept = false, rehearsal }: StandbyThreadOptions = {}) {
    this.worker = new Worker(module, { workerData: { flag: this.#flag, isKept, rehearsal } satisfies StandbyData });
    this.worker.on('message', (message: FromThread) => this.#take(message));
    this.worker.on('error', error => {
      this.#isUsable = false;
      this.#user?.fail(error);
    });
    this.ended = new Promise(resolve => {
      this.worker.on('exit', () => {
        this.#isUsable = false;
        this.#user?.lose();
        this.#user = null;
        resolve();
      });
    });
    this.worker.unref();
  }

  /** Whether it can be started now: it may carry a connection, and its module may have failed. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  #take(message: FromThread): void {
    const user = this.#user;
    const isFree = user !== null && message.kind === 'ended' && message.isFree;
    if (isFree) {
      this.#user = null;
      this.#isUsable = true;
      this.worker.unref();
    }
    user?.take(message);
    if (isFree) this.onFree();
  }

  /**
   * Gives it a connection; only where it is usable. It keeps the process from ending from then on. `ConnectionThread` calls it.
   * @internal
   */
  start(start: ThreadStart, user: ThreadUser): void {
    this.#isUsable = false;
    this.#user = user;
    this.worker.ref();
    this.worker.postMessage({ kind: 'start', start } satisfies ToThread);
    this.#say(STARTED);
  }

  #say(word: number): void {
    Atomics.store(this.#flag, 0, word);
    Atomics.notify(this.#flag, 0);
  }

  /**
   * Lets a thread that carries no connection end by itself; resolves when it has. Terminating it while it loads native code would take the
   * whole process with it.
   */
  async close(): Promise<void> {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.worker.ref();
    this.#say(DISMISSED);
    await this.ended;
  }
}
