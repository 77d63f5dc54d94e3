/** A thread that views the devices of one segment of a dump after another. */
import { openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { InputSyntaxError, LspciDumpParser, type ParsedDevice } from '../../pure/inputs/index.ts';
import { formatViewLine } from '../../pure/render/view-line.ts';
import { parseArguments } from '../arguments.ts';
import { command } from '../commands/view.ts';
import { BARE } from '../input.ts';
import { Viewer, viewExitCode } from '../view-options.ts';
import type { Segment, SegmentResult, WorkerStart } from './protocol.ts';

const CHUNK = 1024 * 1024;

const { path, args } = workerData as WorkerStart;
const { options } = parseArguments(command, args);
const viewer = new Viewer(options);
const strict = options.flag('strict');
const withBytes = !options.flag('no-bytes');
const fd = openSync(path, 'r');
const chunk = new Uint8Array(CHUNK);

/** Text of many devices as bytes; encoded piece by piece, since a long string of pieces would be copied once more. */
class Output {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  start(): void {
    this.#bytes = Buffer.allocUnsafeSlow(CHUNK);
    this.#length = 0;
  }

  add(text: string): void {
    // No character takes more than three bytes of UTF-8 for each of its code units.
    if (this.#length + 3 * text.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length + 3 * text.length);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

const output = new Output();

function view({ index, start, end }: Segment): SegmentResult {
  const parser = new LspciDumpParser();
  let exitCode = 0;
  output.start();
  let fault: SegmentResult['fault'] = null;
  const take = (devices: readonly ParsedDevice[]) => {
    for (const { bdf, config } of devices) {
      const report = viewer.view({ bdf, config, ...BARE });
      exitCode = Math.max(exitCode, viewExitCode(report, strict));
      output.add(`${formatViewLine(report, withBytes)}\n`);
    }
  };
  try {
    for (let at = start; at < end; ) {
      const length = readSync(fd, chunk, 0, Math.min(CHUNK, end - at), at);
      if (length === 0) break;
      take(parser.push(chunk.subarray(0, length)));
      at += length;
    }
    take(parser.end());
  } catch (error) {
    if (!(error instanceof InputSyntaxError)) throw error;
    take(parser.drain());
    fault = { line: error.line, column: error.column, words: error.words };
  }
  return { index, output: output.take(), exitCode, fault };
}

parentPort?.on('message', (segment: Segment) => {
  const result = view(segment);
  parentPort?.postMessage(result, [result.output.buffer as ArrayBuffer]);
});
