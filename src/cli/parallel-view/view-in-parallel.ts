/** `airlock view --jsonl` of a large dump on all cores: segments are viewed in threads and printed in order, a few held at a time. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  type ContradictoryRows,
  detectFormat,
  formatContradictory,
  formatTexts,
  formatUnread,
  InputSyntaxError,
  joinContradictory,
  joinTexts,
  joinUnread,
  type ReadTexts,
  type UnreadRows,
} from '../../pure/inputs/index.ts';
import { EXIT, UsageError } from '../command.ts';
import { emptyWords } from '../input.ts';
import { printBytes, printError } from '../output.ts';
import { ToldAddresses } from '../told-addresses.ts';
import { countLines } from './count-lines.ts';
import type { Segment, SegmentRequest, SegmentResult, WorkerStart } from './protocol.ts';
import { SegmentViewer } from './segment-viewer.ts';
import { findDevice } from './segments.ts';

/** Below this, starting threads costs more than they save. */
const LARGE = 16 * 1024 * 1024;
const SEGMENT = 2 * 1024 * 1024;
const MOST_THREADS = 8;
const SAMPLE = 4096;
/** How many results may wait for an earlier one, which bounds the memory. */
const MOST_WAITING = 16;

const WORKER = new URL('./view-worker.mjs', import.meta.url);

/**
 * Whether a file is a plain dump that is large enough for threads. False for anything else, also for what cannot be read, and
 * where the command runs from its source, which has no built worker.
 */
export function isForThreads(path: string): boolean {
  if (path === '-' || path.endsWith('.gz') || !existsSync(WORKER)) return false;
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

/** Prints results in the order of their segments, each as soon as all before it are printed. */
class Printer {
  readonly #path: string;
  readonly #fd: number;
  readonly #waiting = new Map<number, { readonly result: SegmentResult; readonly start: number }>();
  #printed = 0;
  #unread: UnreadRows | null = null;
  #texts: ReadTexts | null = null;
  #contradictory: ContradictoryRows | null = null;
  readonly #empty = new ToldAddresses();
  exitCode = 0;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** How many results wait for an earlier one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Prints what is next in order. Throws UsageError where that ends in a fault. */
  take(result: SegmentResult, { index, start }: Segment): void {
    this.#waiting.set(index, { result, start });
    for (let next = this.#waiting.get(this.#printed); next !== undefined; next = this.#waiting.get(this.#printed)) {
      this.#waiting.delete(this.#printed++);
      this.#print(next.result, next.start);
    }
  }

  /** What the user should know of the whole dump, a sentence each. */
  get warnings(): string[] {
    const [unread, contradictory] = [this.#unread, this.#contradictory];
    return [
      ...(contradictory === null ? [] : [`${this.#path}: ${formatContradictory(contradictory)}`]),
      ...(this.#texts === null ? [] : [`${this.#path}: ${formatTexts(this.#texts)}`]),
      ...(unread === null ? [] : [`${this.#path}, line ${unread.line}: ${formatUnread(unread)}`]),
      ...(this.#empty.count === 0 ? [] : [emptyWords(this.#path, this.#empty)]),
    ];
  }

  #print({ output, exitCode, fault, unread, readTexts, contradictory, empty }: SegmentResult, start: number): void {
    printBytes(output);
    this.exitCode = Math.max(this.exitCode, exitCode);
    this.#empty.join(empty);
    this.#contradictory = joinContradictory(this.#contradictory, contradictory);
    this.#texts = joinTexts(this.#texts, readTexts);
    if (unread !== null) {
      // The message names only the first one's line, so lines are counted once.
      const line = this.#unread === null ? unread.line + countLines(this.#fd, start) : 0;
      this.#unread = joinUnread(this.#unread, { ...unread, line });
    }
    if (fault === null) return;
    const { message } = new InputSyntaxError(fault.words, fault.line + countLines(this.#fd, start), fault.column);
    throw new UsageError(`Cannot read ${this.#path}: ${message}`);
  }
}

/** Starts a thread and gives it segments until there are none. Rejects with what `Printer.take` throws. */
function work(worker: Worker, cutter: Cutter, printer: Printer): Promise<void> {
  return new Promise((resolve, reject) => {
    let current: Segment | null = null;
    const give = () => {
      // Results that cannot be printed yet stay in memory, so their number is bounded.
      if (printer.waiting >= MOST_WAITING) return void setTimeout(give, 1);
      current = cutter.next();
      if (current === null) resolve();
      else worker.postMessage(current);
    };
    worker.on('message', (result: SegmentResult) => {
      try {
        if (current !== null) printer.take(result, current);
        give();
      } catch (error) {
        reject(error);
      }
    });
    worker.on('error', reject);
    give();
  });
}

/** Views segments in this thread too, from the start on, while the others are still starting. */
async function workHere(viewer: SegmentViewer, cutter: Cutter, printer: Printer): Promise<void> {
  for (let segment = cutter.next(); segment !== null; segment = cutter.next()) {
    printer.take(viewer.view(segment), segment);
    await setImmediate();
  }
}

/**
 * Prints one JSON line for each device of the dump at `path` and returns the exit code. Throws UsageError with the line of a fault, after
 * the devices before it have been printed.
 */
export async function viewInParallel(path: string, ask: SegmentRequest): Promise<number> {
  const fd = openSync(path, 'r');
  const cutter = new Cutter(fd, statSync(path).size);
  const printer = new Printer(path, fd);
  const viewer = new SegmentViewer(path, ask);
  const workerData: WorkerStart = { path, ask };
  // Two hardware threads are often one core, where a second thread costs more than it brings.
  const count = availableParallelism() > 2 ? Math.min(availableParallelism(), MOST_THREADS) - 1 : 0;
  const workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData }));
  try {
    await Promise.all([...workers.map(worker => work(worker, cutter, printer)), workHere(viewer, cutter, printer)]);
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
    viewer.close();
    closeSync(fd);
  }
  const { warnings } = printer;
  for (const words of warnings) printError(`airlock: warning: ${words}`);
  return warnings.length > 0 && ask.isStrict ? EXIT.failed : printer.exitCode;
}
