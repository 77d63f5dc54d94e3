/** Hex dumps of `lspci -x` to `-xxxx`, with or without the verbose lines between (lspci(8), option -x), parsed as they stream in. */
import { byteAt } from '../bytes/checked.ts';
import { hexDigit } from '../bytes/hex.ts';
import type { AssignmentFacts } from '../facts/assignment-facts.ts';
import { type ContradictoryRows, joinContradictory } from '../facts/contradictory-rows.ts';
import { joinTexts, type ReadText, type ReadTexts, textsOf } from '../facts/read-text.ts';
import { joinUnread, type UnreadRows } from '../facts/unread-rows.ts';
import type { Bdf } from '../pci/bdf.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';
import type { KnownRegions } from '../pci/regions.ts';
import { PCI_STD_HEADER_SIZEOF } from '../spec/pci-regs.ts';
import { DeviceBytes } from './device-bytes.ts';
import { DeviceLines } from './device-lines.ts';
import { InputSyntaxError } from './input-syntax-error.ts';
import { LspciRegions, regionTextAt } from './lspci-regions.ts';
import { Chunk, checkReach, cutRow, explainRow, isRow, matchAddress, parseAddress, ROW, takeFullRows, writePairs } from './lspci-rows.ts';
import { readDeviceLines } from './lspci-text/device-lines-text.ts';
import { readHostLines } from './lspci-text/host-lines.ts';
import { maySpeak, type PastedLine, readPastedLine } from './pasted-line.ts';

/** One device of a dump. */
export interface ParsedDevice {
  readonly bdf: Bdf;
  /** Holds no byte where the dump was made without -x. Bytes of rows that are missing are unknown. */
  readonly config: ConfigSpace;
  /** The line of the device's address, from 1. */
  readonly line: number;
  /** Lines below it that look like rows of bytes and could not be read; null where there are none. */
  readonly unread: UnreadRows | null;
  /** Rows below it that contradict each other; null where there are none. */
  readonly contradictory: ContradictoryRows | null;
  /** Its regions as the text beside the bytes lists them; null where it does not. */
  readonly regions: KnownRegions | null;
  /** Its driver, its IOMMU group and its NUMA node as the text names them; null where it names none. */
  readonly assignment: AssignmentFacts | null;
  /** What the text gave that no row of bytes did; null where that is nothing. */
  readonly text: ReadText | null;
}

const NEWLINE = 10;
const NEWLINES = Uint8Array.of(NEWLINE);
/** Bytes of a line that are looked at: more than the longest row or address. The rest of a longer line is text for people. */
const KEPT = 192;

/** A line without the white space at its end, one character a byte. */
function formatLatin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(byteAt(bytes, i));
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
 * one line. Bytes on which two rows contradict each other are unknown; a device that occurs twice is given twice.
 */
export class LspciDumpParser {
  /** The beginning of a line that the last chunk cut, and how long that line is so far. */
  readonly #cut = new Uint8Array(KEPT + 1);
  #cutLength = 0;
  #line = 0;
  #address: { readonly bdf: Bdf; readonly line: number; readonly isLog: boolean } | null = null;
  readonly #device = new DeviceBytes();
  /** Where the row of `line` ended and how many bytes it lacked: what a wrapped row goes on with, in the next line and nowhere else. */
  #wrap = { at: 0, lacks: 0, line: 0 };
  #unread: UnreadRows | null = null;
  #unreadInAll: UnreadRows | null = null;
  #contradictoryInAll: ContradictoryRows | null = null;
  readonly #regions = new LspciRegions();
  readonly #lines = new DeviceLines();
  /** Where the line that is being taken begins in its chunk; -1 for one that stands in none. */
  #lineAt = -1;
  /** The last function 0 that was read as text, by its address, and whether it has an MFVC. */
  #first: { readonly device: number; readonly hasMfvc: boolean | null } | null = null;
  /** The chunk of that line. */
  #chunk: Uint8Array | null = null;
  #textsInAll: ReadTexts | null = null;
  #finished: ParsedDevice[] = [];
  readonly #onDevice: ((device: ParsedDevice) => void) | null;

  /**
   * With `onDevice` each device is given to it as it becomes complete, instead of being returned, and its config space is good for
   * that call alone: nothing is copied, which is what a million devices want.
   */
  constructor(onDevice: ((device: ParsedDevice) => void) | null = null) {
    this.#onDevice = onDevice;
  }

  /**
   * Takes the next bytes of the dump; gives the devices that are complete.
   * @throws InputSyntaxError for what no dump has; `drain` gives the devices before it
   */
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
    this.#lines.goOn(at);
    while (at < chunk.length) at = this.#takeNext(both, at);
    this.#lines.keep(chunk, chunk.length - Math.min(this.#cutLength, chunk.length), false);
    this.#lines.settle();
    this.#chunk = null;
    return this.#takeFinished();
  }

  /**
   * Ends the dump; gives the last device.
   * @throws InputSyntaxError where the dump breaks off inside of a row
   */
  end(): ParsedDevice[] {
    if (this.#cutLength > 0) this.#takeCutLine(true);
    this.#finishDevice();
    return this.#takeFinished();
  }

  /** All lines so far that look like rows of bytes and could not be read, those before the first device too. */
  get unread(): UnreadRows | null {
    return this.#unreadInAll;
  }

  /** All rows so far that contradict each other about bytes of a device. */
  get contradictory(): ContradictoryRows | null {
    return this.#contradictoryInAll;
  }

  /** What was read as text so far; null where rows of bytes gave all. */
  get texts(): ReadTexts | null {
    return this.#textsInAll;
  }

  /** The devices that were complete before `push` or `end` threw. */
  drain(): ParsedDevice[] {
    return this.#takeFinished();
  }

  /** Takes the line at `at`; gives where the next one begins. Most lines that begin with no hexadecimal digit say nothing. */
  #takeNext(both: Chunk, at: number): number {
    const chunk = both.bytes;
    const isRelevant = hexDigit(byteAt(chunk, at)) >= 0;
    if (isRelevant && this.#address !== null) {
      both.line = this.#line;
      const next = takeFullRows(both, at, this.#device);
      if (next !== at) {
        if (this.#lines.isOpen) this.#lines.keep(chunk, at, true);
        this.#line = both.line;
        this.#wrap.lacks = 0;
        return next;
      }
    }
    const end = findNewline(chunk, at);
    if (end === chunk.length) {
      this.#keep(chunk, at, chunk.length);
      return chunk.length;
    }
    this.#line++;
    const kept = Math.min(end, at + KEPT);
    const region = regionTextAt(chunk, at);
    if (region >= 0) this.#regions.take(formatLatin1(chunk, region, kept));
    else if (isRelevant || maySpeak(chunk, at, kept)) {
      this.#lineAt = at;
      this.#chunk = chunk;
      this.#takeLine(formatLatin1(chunk, at, kept), false);
    }
    return end + 1;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (this.#cutLength < KEPT) this.#cut.set(chunk.subarray(from, Math.min(to, from + KEPT - this.#cutLength)), this.#cutLength);
    this.#cutLength += to - from;
  }

  #takeCutLine(isLast: boolean): void {
    const length = Math.min(this.#cutLength, KEPT);
    const isWhole = this.#cutLength <= KEPT;
    this.#takeKept(length, isLast);
    // Of a line of which the end is not kept nothing is known.
    if (!isWhole || !this.#lines.isOpen) return;
    this.#lines.add(this.#cut, 0, length);
    this.#lines.add(NEWLINES, 0, 1);
  }

  #takeKept(length: number, isLast: boolean): void {
    this.#chunk = null;
    this.#cutLength = 0;
    this.#line++;
    const region = regionTextAt(this.#cut, 0);
    if (region >= 0 && region < length) {
      this.#regions.take(formatLatin1(this.#cut, region, length));
      return;
    }
    if (!maySpeak(this.#cut, 0, length) && hexDigit(byteAt(this.#cut, 0)) < 0) return;
    this.#cut[length] = NEWLINE;
    const chunk = new Chunk(this.#cut.subarray(0, length + 1));
    chunk.line = this.#line - 1;
    if (this.#address !== null && takeFullRows(chunk, 0, this.#device) === length + 1) {
      this.#wrap.lacks = 0;
      return;
    }
    this.#takeLine(formatLatin1(this.#cut, 0, length), isLast);
  }

  #takeLine(text: string, isLast: boolean): void {
    // The usual form of an address comes first, since the other tests are slower.
    const bdf = matchAddress(text, this.#line);
    if (bdf !== null) {
      this.#startDevice(bdf, false);
      return;
    }
    const said = readPastedLine(text);
    if (said?.kind === 'row') this.#takeRow(said, text, isLast);
    else if (isRow(text) && (this.#address !== null || /^\w+: [0-9a-f]{2}( |$)/i.test(text))) {
      if (this.#address === null) throw this.#homeless();
      throw explainRow(text, this.#line, isLast);
    } else if (said?.kind === 'address') this.#takeAddress(said, text);
    else if (said?.kind === 'pairs') this.#takeWrapped(said.pairs, text);
    else if (said?.kind === 'unread') this.#leaveUnread(text);
    else if (isLast && this.#address !== null && /^[0-9a-f:.]+$/i.test(text)) throw cutRow(text, this.#line);
  }

  #homeless(): InputSyntaxError {
    const way = 'put a line such as "00:00.0 x" above it';
    return new InputSyntaxError(`a row of bytes stands before the address of any device: ${way}`, this.#line, 1);
  }

  #takeAddress({ address, isLog }: PastedLine & { readonly kind: 'address' }, text: string): void {
    const last = address.slice(address.lastIndexOf('/') + 1);
    if (last !== address && !last.includes(':')) {
      const words = `${JSON.stringify(address)} names no bus: wanted a dump that is made without -P, or with -PP`;
      throw new InputSyntaxError(words, this.#line, 1);
    }
    // Behind quoting or in a log, a number that is no address is text.
    if (!/^[0-9a-f]/i.test(text) && !/:[01][0-9a-f]\.[0-7]$/i.test(last)) return;
    const domain = /^[0-9a-f]{4,8}:(?=..:)/i.exec(address)?.[0] ?? '';
    this.#startDevice(parseAddress(last === address ? address : domain + last, this.#line), isLog);
  }

  /** Whether the lines so far are lspci's own of a device, and not a title that somebody put above them. */
  #isTextOfDevice(): boolean {
    if (this.#chunk !== null) this.#lines.keep(this.#chunk, this.#lineAt, false);
    return /\n\s*(?:Flags|Control|Capabilities): /.test(this.#lines.text);
  }

  #startDevice(bdf: Bdf, isLog: boolean): void {
    // A title above a device's own line does not begin another device.
    const isTitle = this.#address?.bdf.equals(bdf) === true && this.#device.isEmpty && !this.#isTextOfDevice();
    if (!isTitle) this.#finishDevice();
    this.#lines.drop();
    this.#lines.begin(Math.max(this.#lineAt, 0));
    this.#address = { bdf, line: this.#address?.line ?? this.#line, isLog };
  }

  #takeRow({ offset, pairs, isPlain }: PastedLine & { readonly kind: 'row' }, text: string, isLast: boolean): void {
    const address = this.#address;
    if (address === null) {
      if (isPlain) throw this.#homeless();
      this.#leaveUnread(text);
      return;
    }
    // A log may hold other dumps too: rows of config space directly follow the device's line.
    const isOther = address.isLog ? offset !== this.#device.end : !isPlain && offset % ROW !== 0;
    if (isOther || (!isPlain && offset + pairs.length > EXTENDED_SIZE)) {
      this.#leaveUnread(text);
      return;
    }
    if (isLast && pairs.length < ROW) throw cutRow(text, this.#line);
    checkReach(offset, pairs.length, this.#line);
    writePairs(this.#device, offset, pairs, this.#line);
    this.#wrap = { at: offset + pairs.length, lacks: offset % ROW === 0 ? ROW - pairs.length : 0, line: this.#line };
  }

  /** Takes the end of a wrapped row where it has exactly the bytes that the row lacks. */
  #takeWrapped(pairs: readonly string[], text: string): void {
    const { at, lacks, line } = this.#wrap;
    // After a line that was not read, it is unknown which bytes these are.
    if (this.#address === null || pairs.length > lacks || this.#line !== line + 1) {
      if (pairs.length > 1) this.#leaveUnread(text);
      return;
    }
    writePairs(this.#device, at, pairs, this.#line);
    this.#wrap = { at: at + pairs.length, lacks: lacks - pairs.length, line: this.#line };
  }

  #leaveUnread(text: string): void {
    const unread = { count: 1, line: this.#line, text: text.trim() };
    this.#unreadInAll = joinUnread(this.#unreadInAll, unread);
    if (this.#address !== null) this.#unread = joinUnread(this.#unread, unread);
  }

  #finishDevice(): void {
    const address = this.#address;
    if (address === null) return;
    const { bdf, line } = address;
    const unread = this.#unread;
    const { contradictory } = this.#device;
    this.#contradictoryInAll = joinContradictory(this.#contradictoryInAll, contradictory);
    this.#address = null;
    this.#unread = null;
    this.#wrap.lacks = 0;
    const rows = this.#onDevice === null ? this.#device.take() : this.#device.lend();
    const { config, assignment, text: read } = this.#readText(rows, bdf);
    const regions = this.#regions.finish(config);
    const { unplaced } = this.#regions;
    const text = read === null || unplaced.length === 0 ? read : { ...read, unplaced };
    if (text !== null) this.#textsInAll = joinTexts(this.#textsInAll, textsOf(text));
    if (this.#onDevice === null) this.#finished.push({ bdf, line, unread, contradictory, config, regions, assignment, text });
    else this.#onDevice({ bdf, line, unread, contradictory, config, regions, assignment, text });
  }

  /** Takes from the text what rows of bytes do not give. Where they give all, it is not looked at. */
  #readText(config: ConfigSpace, bdf: Bdf): Pick<ParsedDevice, 'config' | 'assignment' | 'text'> {
    if (this.#chunk !== null) this.#lines.keep(this.#chunk, this.#lineAt, true);
    const hostLines = this.#regions.takeHostLines();
    if (this.#addsNothing(config)) {
      this.#lines.drop();
      return { config, assignment: hostLines.length === 0 ? null : readHostLines(hostLines), text: null };
    }
    const isFirst = bdf.function === 0;
    const device = bdf.number - bdf.function;
    const besideMfvc = this.#first?.device === device ? this.#first.hasMfvc : null;
    const read = readDeviceLines(this.#lines.take(), config, { isFirst, besideMfvc });
    if (isFirst) this.#first = { device, hasMfvc: read.hasMfvc };
    return read;
  }

  /** Whether the text cannot add to the bytes, told without reading it: all are there, they have the first list whole, or it has no lines. */
  #addsNothing(config: ConfigSpace): boolean {
    const { length } = config.bytes;
    if (!config.isWhole || length < PCI_STD_HEADER_SIZEOF) return false;
    if (length === EXTENDED_SIZE) return true;
    return !this.#lines.hasBody || (length >= CONVENTIONAL_SIZE && !this.#lines.namesExtended);
  }

  #takeFinished(): ParsedDevice[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }
}

/**
 * All devices of a whole dump.
 * @throws InputSyntaxError for what no dump has, also where it holds no device at all
 */
export function parseLspciDump(bytes: Uint8Array): ParsedDevice[] {
  const parser = new LspciDumpParser();
  const devices = [...parser.push(bytes), ...parser.end()];
  if (devices.length === 0) throw new InputSyntaxError('no line begins with the address of a device, such as 00:1f.2', 1, 1);
  return devices;
}
