/** `airlock view --jsonl` of a large dump on all cores: segments are viewed in threads and printed in order, a few held at a time. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { detectFormat, InputSyntaxError } from '../../pure/inputs/index.ts';
import { UsageError } from '../command.ts';
import { printBytes } from '../output.ts';
import type { Segment, SegmentResult, WorkerStart } from './protocol.ts';
import { findDevice } from './segments.ts';

/** Below this, starting threads costs more than they save. */
const LARGE = 16 * 1024 * 1024;
const SEGMENT = 4 * 1024 * 1024;
const MOST_WORKERS = 8;
const SAMPLE = 4096;
const NEWLINE = 10;
/** Results that may wait for an earlier one, for each worker: what bounds the memory. */
const MOST_WAITING = 4;

/** Megabytes for objects that live as long as one device; with Node's own limit a third of the time goes into collecting them. */
const YOUNG = 32;

const WORKER = new URL('./view-worker.js', import.meta.url);

/**
 * Whether a file is a plain dump that is large enough for threads. Anything else, also what cannot be read, is not for here; nor is
 * anything where the command runs from its source, which has no built worker.
 */
export function isFleet(path: string): boolean {
  if (path === '-' || path.endsWith('.gz') || availableParallelism() < 2 || !existsSync(WORKER)) return false;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size < LARGE) return false;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const sample = new Uint8Array(SAMPLE);
    return detectFormat(sample.subarray(0, readSync(fd, sample, 0, SAMPLE, 0)), stat.size) === 'lspci';
  } finally {
    closeSync(fd);
  }
}

/** The segments of a dump, one after another. */
class Cutter {
  readonly #fd: number;
  readonly #size: number;
  #start = 0;
  #index = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  next(): Segment | null {
    if (this.#start >= this.#size) return null;
    const start = this.#start;
    this.#start = findDevice(this.#fd, Math.min(start + SEGMENT, this.#size), this.#size);
    return { index: this.#index++, start, end: this.#start };
  }
}

/** The number of the line that begins at `offset`, less one. */
function countLines(fd: number, offset: number): number {
  const chunk = new Uint8Array(1024 * 1024);
  let lines = 0;
  for (let at = 0; at < offset; ) {
    const length = readSync(fd, chunk, 0, Math.min(chunk.length, offset - at), at);
    if (length === 0) break;
    const part = chunk.subarray(0, length);
    for (let i = part.indexOf(NEWLINE); i >= 0; i = part.indexOf(NEWLINE, i + 1)) lines++;
    at += length;
  }
  return lines;
}

/**
 * Prints one JSON line for each device of the dump at `path`; gives the exit code. `args` are those of `airlock view`. Throws
 * UsageError with the line of a fault, after the devices before it have been printed.
 */
export async function viewFleet(path: string, args: readonly string[]): Promise<number> {
  const fd = openSync(path, 'r');
  const cutter = new Cutter(fd, statSync(path).size);
  const waiting = new Map<number, SegmentResult>();
  const starts = new Map<number, number>();
  let worst = 0;
  let printed = 0;

  /** Prints what is next in order; throws where that ends in a fault. */
  const flush = () => {
    for (let result = waiting.get(printed); result !== undefined; result = waiting.get(printed)) {
      waiting.delete(printed);
      printBytes(result.output);
      worst = Math.max(worst, result.exitCode);
      if (result.fault !== null) {
        const line = result.fault.line + countLines(fd, starts.get(printed) ?? 0);
        const { message } = new InputSyntaxError(result.fault.words, line, result.fault.column);
        throw new UsageError(`Cannot read ${path}: ${message}`);
      }
      printed++;
    }
  };

  /** Workers that wait until an earlier result is there. */
  let idle: (() => void)[] = [];
  const count = Math.min(availableParallelism(), MOST_WORKERS);
  const resume = () => {
    const waiters = idle;
    idle = [];
    for (const give of waiters) give();
  };

  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (waiting.size >= MOST_WAITING * count) return void idle.push(give);
        const segment = cutter.next();
        if (segment === null) return resolve();
        starts.set(segment.index, segment.start);
        worker.postMessage(segment);
      };
      worker.on('message', (result: SegmentResult) => {
        waiting.set(result.index, result);
        try {
          flush();
          resume();
          give();
        } catch (error) {
          reject(error);
        }
      });
      worker.on('error', reject);
      give();
    });

  const workerData: WorkerStart = { path, args };
  const workers = Array.from(
    { length: count },
    () => new Worker(WORKER, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } }),
  );
  try {
    await Promise.all(workers.map(work));
    flush();
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
    closeSync(fd);
  }
  return worst;
}
