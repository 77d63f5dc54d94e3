/** `airlock plan --change` of many files on all cores: threads take batches of files, and what they found is told in the files' order. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DefinitionText, FormatName } from '../../pure/plan/index.ts';
import { type Batch, Batches, sharedCounter } from './change-batches.ts';
import type { ChangedFile, ChangeJudge, ChangeQuestion } from './changed-file.ts';
import type { DefinitionReader } from './definitions.ts';
import { Progress } from './progress.ts';

/** Below this, starting threads costs more than they save. */
const MANY = 1000;
/** Each has what it knows of the hosts for itself, which bounds the memory. */
const MOST_THREADS = 4;

const WORKER = new URL('./change-worker.js', import.meta.url);

/** The data that a thread is started with. */
export interface ChangeWorkerStart {
  readonly question: ChangeQuestion;
  readonly format: FormatName | null;
  /** Texts that belong to the definitions. */
  readonly related: readonly DefinitionText[];
  readonly files: readonly string[];
  /** The number of the next batch. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

/** What a thread found in a batch, a value for each file. */
export interface BatchResult {
  readonly index: number;
  readonly files: readonly ChangedFile[];
}

/**
 * How many threads are to help with so many files: none where each would read what can be read once alone, or where the command runs from
 * its source, which has no built worker.
 */
export function helpersFor(files: readonly string[], others: readonly string[]): number {
  if (files.length < MANY || [...files, ...others].includes('-') || !existsSync(WORKER)) return 0;
  return Math.min(availableParallelism(), MOST_THREADS) - 1;
}

/** Gives results in the order of their batches, each as soon as all before it are there. */
class InOrder {
  readonly #waiting = new Map<number, readonly ChangedFile[]>();
  readonly #give: (file: ChangedFile) => void;
  readonly #progress: Progress;
  #given = 0;

  constructor(give: (file: ChangedFile) => void, files: number) {
    this.#give = give;
    this.#progress = new Progress('definitions', files);
  }

  step(count = 1): void {
    this.#progress.step(count);
  }

  take({ index, files }: BatchResult): void {
    this.#waiting.set(index, files);
    for (let next = this.#waiting.get(this.#given); next !== undefined; next = this.#waiting.get(this.#given)) {
      this.#waiting.delete(this.#given++);
      for (const file of next) this.#give(file);
    }
  }

  end(): void {
    this.#progress.end();
  }
}

/** Resolves when the thread has found no more batch. */
function listen(worker: Worker, results: InOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (result: BatchResult) => {
      results.step(result.files.length);
      try {
        results.take(result);
      } catch (error) {
        reject(error);
      }
    });
    worker.on('error', reject);
    worker.on('exit', code => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}

/** What this thread judges with, itself. */
export interface Here {
  readonly judge: ChangeJudge;
  readonly reader: DefinitionReader;
}

async function workHere({ judge, reader }: Here, batches: Batches, results: InOrder): Promise<void> {
  for (let batch: Batch | null = batches.take(); batch !== null; batch = batches.take()) {
    const files = batch.files.map(path => {
      results.step();
      return judge.judgeFile(path, reader);
    });
    results.take({ index: batch.index, files });
    await setImmediate();
  }
}

/** Calls `give` with what the change does to the VMs of each file, in the order of the files. */
export async function changeInParallel(
  here: Here,
  start: Omit<ChangeWorkerStart, 'next'>,
  helpers: number,
  give: (file: ChangedFile) => void,
): Promise<void> {
  const next = sharedCounter();
  const results = new InOrder(give, start.files.length);
  const workerData: ChangeWorkerStart = { ...start, next };
  const workers = Array.from({ length: helpers }, () => new Worker(WORKER, { workerData }));
  try {
    await Promise.all([...workers.map(worker => listen(worker, results)), workHere(here, new Batches(start.files, next), results)]);
    results.end();
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}
