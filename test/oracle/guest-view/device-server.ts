/** Serves many config spaces at a time, each on its own socket, from a thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { within } from '../../fixtures/deadline.ts';

/** It answers at once where it does not hang. */
const ANSWER_SECONDS = 60;

export interface ServedConfig {
  readonly socketPath: string;
  /** 256 or 4096, served as they are. */
  readonly bytes: Uint8Array;
  /** Bytes of each base address region, 0 where there is none. */
  readonly barSizes: readonly number[];
}

export class DeviceServer {
  readonly #worker: Worker;

  /** `module` is device-thread.ts, built. */
  constructor(module: URL) {
    this.#worker = new Worker(module);
  }

  /** Resolves when every socket is there. */
  async serve(configs: readonly ServedConfig[]): Promise<void> {
    this.#worker.postMessage(configs);
    await this.#answer('the device thread listens');
  }

  /** Closes all connections and removes the sockets. */
  async stop(): Promise<void> {
    this.#worker.postMessage('stop');
    await this.#answer('the device thread stops');
  }

  #answer(what: string): Promise<unknown> {
    return within(ANSWER_SECONDS, what, once(this.#worker, 'message'));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
