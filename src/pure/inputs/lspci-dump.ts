/** Hex dumps of `lspci -x` to `-xxxx`, with or without the verbose lines between (lspci(8), option -x), parsed as they stream in. */
import { hexDigit } from '../bytes/hex.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { DeviceBytes } from './device-bytes.ts';
import { InputSyntaxError } from './input-syntax-error.ts';
import { Chunk, isRow, matchAddress, takeFullRows, takeRow } from './lspci-rows.ts';

/** One device of a dump. */
export interface ParsedDevice {
  readonly bdf: Bdf;
  /** Holds no byte where the dump was made without -x. Bytes of rows that are missing are unknown. */
  readonly config: ConfigSpace;
  /** The line of the device's address, from 1. */
  readonly line: number;
}

const NEWLINE = 10;
/** What is looked at of any line: more than the longest row or address. The rest of a longer line is text for people. */
const KEPT = 128;

/** A line without the spaces at its end. What is not ASCII comes out as something else that is no part of a row. */
function formatAscii(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]);
  return text.trimEnd();
}

/** The offset of the next newline, or the end of the chunk. Lines are short: a loop is faster than a call of `indexOf`. */
function findNewline(chunk: Uint8Array, at: number): number {
  const { length } = chunk;
  while (at < length && chunk[at] !== NEWLINE) at++;
  return at;
}

/**
 * Takes a dump chunk by chunk, however it is cut, and gives the devices as they become complete. Needs memory for one device and
 * one line. Of rows with the same offset the last one counts; a device that occurs twice is given twice.
 */
export class LspciDumpParser {
  /** The beginning of a line that the last chunk cut, and how long that line is so far. */
  readonly #cut = new Uint8Array(KEPT + 1);
  #cutLength = 0;
  #line = 0;
  #address: { readonly bdf: Bdf; readonly line: number } | null = null;
  readonly #device = new DeviceBytes();
  #finished: ParsedDevice[] = [];
  readonly #onDevice: ((device: ParsedDevice) => void) | null;

  /**
   * With `onDevice` each device is given to it as it becomes complete, instead of being returned, and its config space is good for
   * that call alone: nothing is copied, which is what a million devices want.
   */
  constructor(onDevice: ((device: ParsedDevice) => void) | null = null) {
    this.#onDevice = onDevice;
  }

  /** Takes the next bytes of the dump; gives the devices that are complete. Throws InputSyntaxError; `drain` gives those before it. */
  push(chunk: Uint8Array): ParsedDevice[] {
    let at = 0;
    if (this.#cutLength > 0) {
      const end = chunk.indexOf(NEWLINE);
      this.#keep(chunk, 0, end < 0 ? chunk.length : end);
      if (end < 0) return [];
      this.#takeCutLine(false);
      at = end + 1;
    }
    const both = new Chunk(chunk);
    while (at < chunk.length) at = this.#takeNext(both, at);
    return this.#takeFinished();
  }

  /** Ends the dump; gives the last device. Throws InputSyntaxError where the dump breaks off inside of a row. */
  end(): ParsedDevice[] {
    if (this.#cutLength > 0) this.#takeCutLine(true);
    this.#finishDevice();
    return this.#takeFinished();
  }

  /** The devices that were complete before `push` or `end` threw. */
  drain(): ParsedDevice[] {
    return this.#takeFinished();
  }

  /** Takes the line at `at`; gives where the next one begins. Only a line that begins with a hexadecimal digit says anything. */
  #takeNext(both: Chunk, at: number): number {
    const chunk = both.bytes;
    const isRelevant = hexDigit(chunk[at]) >= 0;
    if (isRelevant && this.#address !== null) {
      const { rows } = both;
      const next = takeFullRows(both, at, this.#device);
      if (next !== at) {
        this.#line += both.rows - rows;
        return next;
      }
    }
    const end = findNewline(chunk, at);
    if (end === chunk.length) {
      this.#keep(chunk, at, chunk.length);
      return chunk.length;
    }
    this.#line++;
    if (isRelevant) this.#takeLine(formatAscii(chunk, at, Math.min(end, at + KEPT)), false);
    return end + 1;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (this.#cutLength < KEPT) this.#cut.set(chunk.subarray(from, Math.min(to, from + KEPT - this.#cutLength)), this.#cutLength);
    this.#cutLength += to - from;
  }

  #takeCutLine(isLast: boolean): void {
    const length = Math.min(this.#cutLength, KEPT);
    this.#cutLength = 0;
    this.#line++;
    if (hexDigit(this.#cut[0]) < 0) return;
    this.#cut[length] = NEWLINE;
    if (this.#address !== null && takeFullRows(new Chunk(this.#cut.subarray(0, length + 1)), 0, this.#device) === length + 1) return;
    this.#takeLine(formatAscii(this.#cut, 0, length), isLast);
  }

  #takeLine(text: string, isLast: boolean): void {
    if (isRow(text) && (this.#address !== null || /^\w+: [0-9a-f]{2}( |$)/i.test(text))) {
      if (this.#address === null) throw new InputSyntaxError('a row of bytes stands before the address of any device', this.#line, 1);
      takeRow(text, this.#line, this.#device, isLast);
      return;
    }
    const bdf = matchAddress(text, this.#line);
    if (bdf !== null) {
      this.#finishDevice();
      this.#address = { bdf, line: this.#line };
    } else if (isLast && this.#address !== null && /^[0-9a-f:.]+$/i.test(text)) {
      throw new InputSyntaxError('the dump ends in the middle of a row', this.#line, text.length + 1);
    }
  }

  #finishDevice(): void {
    const address = this.#address;
    if (address === null) return;
    this.#address = null;
    if (this.#onDevice === null) this.#finished.push({ ...address, config: this.#device.take() });
    else this.#onDevice({ bdf: address.bdf, line: address.line, config: this.#device.lend() });
  }

  #takeFinished(): ParsedDevice[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }
}

/** All devices of a whole dump. Throws InputSyntaxError, also where it holds no device at all. */
export function parseLspciDump(bytes: Uint8Array): ParsedDevice[] {
  const parser = new LspciDumpParser();
  const devices = [...parser.push(bytes), ...parser.end()];
  if (devices.length === 0) throw new InputSyntaxError('no line begins with the address of a device, such as 00:1f.2', 1, 1);
  return devices;
}
