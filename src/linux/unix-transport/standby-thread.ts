/** A thread that has been started before there is a connection for it: a VMM waits only a few seconds for its first reply. */
import { Worker } from 'node:worker_threads';
import type { ThreadStart } from './thread-protocol.ts';

/** What a thread is started with; what it is for comes as its first message. */
export interface StandbyData {
  /** One of the three below. */
  readonly flag: Int32Array<SharedArrayBuffer>;
}

/** Until the message is there. */
export const WAITING = 0;
const STARTED = 1;
/** There will be no message. */
export const DISMISSED = 2;

/** Waits for nothing but its start: it costs memory, no time, and does not keep the process from ending. */
export class StandbyThread {
  readonly worker: Worker;
  /** Resolves when it is gone; never rejects. */
  readonly ended: Promise<void>;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  #isUsable = true;

  /** Starts `module`, which calls `runInWorker`. */
  constructor(module: URL) {
    this.worker = new Worker(module, { workerData: { flag: this.#flag } satisfies StandbyData });
    this.worker.on('error', () => {
      this.#isUsable = false;
    });
    this.ended = new Promise(resolve => {
      this.worker.on('exit', () => {
        this.#isUsable = false;
        resolve();
      });
    });
    this.worker.unref();
  }

  /** Whether it can still be started: its module may have failed. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * Called once, by `ConnectionThread`; from then on the worker is the caller's and keeps the process from ending.
   * @internal
   */
  start(message: ThreadStart): void {
    this.#isUsable = false;
    this.worker.ref();
    this.worker.postMessage(message);
    this.#say(STARTED);
  }

  #say(word: number): void {
    Atomics.store(this.#flag, 0, word);
    Atomics.notify(this.#flag, 0);
  }

  /**
   * Lets a thread that was not started end by itself; resolves when it has. Terminating it while it loads native code would take the whole
   * process with it.
   */
  async close(): Promise<void> {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.worker.ref();
    this.#say(DISMISSED);
    await this.ended;
  }
}

/** Milliseconds between taking a thread and starting the next one: the connection that took it comes first. */
const PAUSE = 500;

/** A stock of standby threads, refilled as they are taken. */
export class StandbyThreads {
  readonly #module: URL;
  readonly #threads: StandbyThread[];
  #isClosed = false;

  constructor(module: URL, count: number) {
    this.#module = module;
    this.#threads = Array.from({ length: count }, () => new StandbyThread(module));
  }

  /** A thread that is ready, or else one that has just been started. */
  take(): StandbyThread {
    const ready = this.#threads.shift();
    if (ready !== undefined) setTimeout(() => this.#add(), PAUSE).unref();
    return ready?.isUsable ? ready : new StandbyThread(this.#module);
  }

  #add(): void {
    if (!this.#isClosed) this.#threads.push(new StandbyThread(this.#module));
  }

  /** Resolves when those that nobody took are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.splice(0).map(thread => thread.close()));
  }
}
