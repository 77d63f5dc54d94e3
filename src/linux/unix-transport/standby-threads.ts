/** A stock of threads for connections: some are ready before they are needed, and all are used again. */
import { StandbyThread } from './standby-thread.ts';

/** Milliseconds between taking a thread and starting the next one: the connection that took it comes first. */
const PAUSE = 500;

/** How many threads a stock has. */
export interface StandbyThreadsOptions {
  /** Threads of the stock, taken ones included, beyond which none is started ahead of its need; default without a bound. */
  readonly most?: number;
  /** Data of a made-up connection that each thread serves before its first client, so that this one is not slow. */
  readonly rehearsal?: unknown;
}

/**
 * Keeps threads ready and takes them back when their connections have ended: a thread costs a tenth of a second to start, and what native
 * code keeps of one that ends (a few mappings) is not given back before the process ends. A thread in which something was thrown, or in
 * which the device left timers or files behind, is not used again.
 */
export class StandbyThreads {
  readonly #module: URL;
  readonly #count: number;
  readonly #most: number;
  readonly #rehearsal: unknown;
  /** The last is taken first: it has carried a connection, where any has. */
  readonly #free: StandbyThread[] = [];
  readonly #taken = new Set<StandbyThread>();
  #isClosed = false;

  /** Starts `count` threads of `module`, and others when fewer than that are left. */
  constructor(module: URL, count: number, { most = Number.POSITIVE_INFINITY, rehearsal }: StandbyThreadsOptions = {}) {
    this.#module = module;
    this.#count = count;
    this.#most = most;
    this.#rehearsal = rehearsal;
    for (let i = 0; i < count; i++) this.#free.push(this.#create());
  }

  #create(): StandbyThread {
    const thread = new StandbyThread(this.#module, { isKept: true, rehearsal: this.#rehearsal });
    thread.onFree = () => this.#takeBack(thread);
    thread.ended.then(() => {
      if (this.#taken.delete(thread)) this.#refillLater();
    });
    return thread;
  }

  #takeBack(thread: StandbyThread): void {
    this.#taken.delete(thread);
    if (this.#isClosed) void thread.close();
    else this.#free.push(thread);
  }

  /** A thread that is ready, or else one that has just been started. */
  take(): StandbyThread {
    let thread = this.#free.pop();
    while (thread !== undefined && !thread.isUsable) thread = this.#free.pop();
    const taken = thread ?? this.#create();
    this.#taken.add(taken);
    this.#refillLater();
    return taken;
  }

  #refillLater(): void {
    if (this.#isFull) return;
    setTimeout(() => {
      if (!this.#isFull) this.#free.unshift(this.#create());
    }, PAUSE).unref();
  }

  get #isFull(): boolean {
    return this.#isClosed || this.#free.length >= this.#count || this.#free.length + this.#taken.size >= this.#most;
  }

  /** Resolves when those that carry no connection are gone; the others go with theirs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#free.splice(0).map(thread => thread.close()));
  }
}
