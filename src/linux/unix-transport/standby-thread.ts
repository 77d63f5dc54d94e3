/** A thread that has been started before there is a connection for it: a VMM waits only a few seconds for its first reply. */
import { Worker } from 'node:worker_threads';
import type { ThreadStart } from './thread-protocol.ts';

/** What a thread is started with; what it is for comes as its first message. */
export interface StandbyData {
  /** 0 until the message is there. */
  readonly flag: Int32Array<SharedArrayBuffer>;
}

/** Waits for nothing but its start: it costs memory, no time, and does not keep the process from ending. */
export class StandbyThread {
  readonly worker: Worker;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  #isUsable = true;
  readonly #onEnd = (): void => {
    this.#isUsable = false;
  };

  /** Starts `module`, which calls `runInWorker`. */
  constructor(module: URL) {
    this.worker = new Worker(module, { workerData: { flag: this.#flag } satisfies StandbyData });
    this.worker.on('error', this.#onEnd);
    this.worker.on('exit', this.#onEnd);
    this.worker.unref();
  }

  /** Whether it can still be started: its module may have failed. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Once; the worker is the caller's from then on, and keeps the process from ending. */
  start(message: ThreadStart): void {
    this.#isUsable = false;
    this.worker.ref();
    this.worker.postMessage(message);
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
  }

  /** Ends one that was not started. */
  close(): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    void this.worker.terminate();
  }
}

/** How long after one is taken the next is started: the connection that took it comes first. */
const PAUSE = 500;

/** A number of them, made up again as they are taken. */
export class StandbyThreads {
  readonly #module: URL;
  readonly #threads: StandbyThread[];
  #isClosed = false;

  constructor(module: URL, count: number) {
    this.#module = module;
    this.#threads = Array.from({ length: count }, () => new StandbyThread(module));
  }

  /** One that is ready, or as soon as it can be. */
  take(): StandbyThread {
    const ready = this.#threads.shift();
    if (ready !== undefined) setTimeout(() => this.#add(), PAUSE).unref();
    return ready?.isUsable ? ready : new StandbyThread(this.#module);
  }

  #add(): void {
    if (!this.#isClosed) this.#threads.push(new StandbyThread(this.#module));
  }

  close(): void {
    this.#isClosed = true;
    for (const thread of this.#threads.splice(0)) thread.close();
  }
}
