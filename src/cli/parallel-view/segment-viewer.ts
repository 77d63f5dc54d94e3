/** Views the devices of one segment of a dump, one after another, in the thread that calls it. */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  type ContradictoryRows,
  dumpFacts,
  InputSyntaxError,
  joinContradictory,
  LspciDumpParser,
  shiftContradictory,
} from '../../pure/inputs/index.ts';
import { formatViewLine } from '../../pure/reports/view-line.ts';
import { viewSlot } from '../../pure/slot/index.ts';

import { ToldAddresses } from '../told-addresses.ts';
import { viewDevice, viewExitCode } from '../view-options.ts';
import { countLines } from './count-lines.ts';
import type { Segment, SegmentRequest, SegmentResult } from './protocol.ts';

/** Bytes per read: few enough to stay in the cache until they are decoded. */
const CHUNK = 128 * 1024;

/** Encodes the text of many devices piece by piece: joining it to one long string first would copy it once more. */
class Output {
  #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  #length = 0;

  add(text: string): void {
    // UTF-8 takes at most three bytes for each UTF-16 code unit.
    if (this.#length + 3 * text.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length + 3 * text.length);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

export class SegmentViewer {
  readonly #ask: SegmentRequest;
  readonly #fd: number;
  readonly #chunk = new Uint8Array(CHUNK);

  constructor(path: string, ask: SegmentRequest) {
    this.#ask = ask;
    this.#fd = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** JSON Lines of the segment's devices; a fault ends them early and is part of the result. */
  view({ index, start, end }: Segment): SegmentResult {
    const { request, isStrict, withBytes } = this.#ask;
    const output = new Output();
    let exitCode = 0;
    let fault: SegmentResult['fault'] = null;
    const empty = new ToldAddresses();
    let contradictory: ContradictoryRows | null = null;
    // Counting the lines before costs a read of them, so it is done only for a message.
    let before: number | null = null;
    const parser = new LspciDumpParser(parsed => {
      if (parsed.config.bytes.length === 0) empty.add({ bdf: parsed.bdf });
      let device = dumpFacts(parsed);
      if (device.contradictory !== null) {
        before ??= countLines(this.#fd, start);
        device = { ...device, contradictory: shiftContradictory(device.contradictory, before) };
        contradictory = joinContradictory(contradictory, device.contradictory);
      }
      const seen = viewDevice(device, request);
      exitCode = Math.max(exitCode, viewExitCode(seen, isStrict));
      output.add(`${formatViewLine({ ...seen, slot: viewSlot(seen) }, withBytes)}\n`);
    });
    try {
      for (let at = start; at < end; ) {
        const length = readSync(this.#fd, this.#chunk, 0, Math.min(CHUNK, end - at), at);
        if (length === 0) break;
        parser.push(this.#chunk.subarray(0, length));
        at += length;
      }
      parser.end();
    } catch (error) {
      if (!(error instanceof InputSyntaxError)) throw error;
      fault = { line: error.line, column: error.column, words: error.words };
    }
    const { count, texts } = empty;
    return {
      index,
      output: output.bytes,
      exitCode,
      unread: parser.unread,
      readTexts: parser.texts,
      contradictory,
      empty: { count, texts },
      fault,
    };
  }
}
