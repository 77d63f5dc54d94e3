/** Reads the lines of a form in one of the ways in which they can be read: rows into the bytes of devices. */
import type { ContradictoryRows } from '../../facts/contradictory-rows.ts';
import { joinUnread, type UnreadRows } from '../../facts/unread-rows.ts';
import type { Bdf } from '../../pci/bdf.ts';
import { type ConfigSpace, EXTENDED_SIZE } from '../../pci/config-space.ts';
import { DeviceBytes } from '../device-bytes.ts';
import { InputSyntaxError } from '../input-syntax-error.ts';
import { checkReach } from '../lspci-rows.ts';
import { looksLikeRow } from '../pasted-line.ts';
import { RAW_SIZES } from '../raw-config.ts';
import { decodeGroups, isAsColumn } from './groups.ts';
import type { FormLine, FormRow, Reading } from './hex-form.ts';

/** One device of a form. */
export interface FormDevice {
  /** null where nothing names it. */
  readonly bdf: Bdf | null;
  readonly config: ConfigSpace;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly unread: UnreadRows | null;
  readonly contradictory: ContradictoryRows | null;
}

/** A line of a text, as its form has it. */
export interface ReadLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** null for text for people, and for rows of another form. */
  readonly said: FormLine | null;
}

/** What a reading makes of a text. */
export interface FormResult {
  readonly reading: Reading;
  readonly devices: readonly FormDevice[];
  /** Lines that say nothing in this form. */
  readonly leftOut: number;
  readonly unread: UnreadRows | null;
  /** Rows whose offset is where the row before ended. */
  readonly joins: number;
  /** Rows whose offset is elsewhere, though no rows are said to be left out. */
  readonly gaps: number;
  /** Whether the text says how large the bytes are, and it is no size of a config space. */
  readonly isOddSize: boolean;
  /** Rows whose characters stand beside them and are their bytes, and rows where they are not. */
  readonly columns: { readonly agree: number; readonly differ: number };
}

/** Bytes of a row in most forms. */
const ROW = 16;

class FormReader {
  readonly #reading: Reading;
  /** Whether rows below no line of a device are read. */
  readonly #isMarked: boolean;
  /** Bytes of a whole row. */
  readonly #width: number;
  readonly #bytes = new DeviceBytes();
  readonly #devices: FormDevice[] = [];
  #device: { readonly bdf: Bdf | null; readonly line: number } | null = null;
  /** Where the row before ended, and its bytes. */
  #end = 0;
  #last: Uint8Array = new Uint8Array(0);
  #lastLine = 0;
  #elided = false;
  #hasOffsets = true;
  #unread: UnreadRows | null = null;
  #unreadInAll: UnreadRows | null = null;
  #leftOut = 0;
  #joins = 0;
  #gaps = 0;
  #isOddSize = false;
  readonly #columns = { agree: 0, differ: 0 };

  constructor(reading: Reading, isMarked: boolean, width: number) {
    this.#reading = reading;
    this.#isMarked = isMarked;
    this.#width = width;
  }

  take({ number, text, said }: ReadLine): void {
    // What stands below a * says where it ends; a line that is not read says nothing of it.
    if (said === null && text !== '') this.#elided = false;
    if (said === null) {
      if (looksLikeRow(text)) this.#leaveUnread(number, text);
      else if (text !== '') this.#leftOut++;
    } else if (said.kind === 'device') this.#begin(said.bdf, number, said.at);
    else if (said.kind === 'same') this.#takeSame(number);
    else if (said.kind === 'end') this.#takeEnd(said.offset, number);
    else if (said.kind === 'rest') this.#takeRest(said.groups, number, text);
    else if (said.kind === 'row') this.#takeRow(said, number, text);
  }

  result(): FormResult {
    this.#finish();
    const { agree, differ } = this.#columns;
    return {
      reading: this.#reading,
      devices: this.#devices,
      leftOut: this.#leftOut,
      unread: this.#unreadInAll,
      joins: this.#joins,
      gaps: this.#gaps,
      isOddSize: this.#isOddSize,
      columns: { agree, differ },
    };
  }

  #leaveUnread(line: number, text: string): void {
    const unread = { count: 1, line, text };
    this.#unreadInAll = joinUnread(this.#unreadInAll, unread);
    if (this.#device !== null) this.#unread = joinUnread(this.#unread, unread);
  }

  #begin(bdf: Bdf | null, line: number, at: number): void {
    // A title above a device's own line, or the command that printed it, does not begin another device.
    const isTitle = this.#device !== null && this.#bytes.isEmpty;
    if (!isTitle) this.#finish();
    this.#device = { bdf: bdf ?? (isTitle ? (this.#device?.bdf ?? null) : null), line };
    this.#end = at;
    this.#last = new Uint8Array(0);
    this.#elided = false;
  }

  #offset(digits: string, line: number): number {
    const { radix, title } = this.#reading;
    const isFit = radix === 16 || (radix === 8 ? /^[0-7]+$/ : /^\d+$/).test(digits);
    if (!isFit) throw new InputSyntaxError(`${JSON.stringify(digits)} is no offset of ${title}`, line, 1);
    return Number.parseInt(digits, radix);
  }

  /** Only a whole row directly above can be meant. */
  #takeSame(line: number): void {
    this.#elided = this.#last.length === this.#width && line === this.#lastLine + 1;
    if (!this.#elided) this.#leftOut++;
  }

  /** Writes the row above again up to `offset`. */
  #repeat(offset: number, line: number): void {
    checkReach(this.#end, Math.max(0, offset - this.#end), line);
    const row = this.#last;
    if (row.length === 0 || (offset - this.#end) % row.length !== 0)
      throw new InputSyntaxError('rows are left out here, and the next offset does not fit behind them', line, 1);
    for (let at = this.#end; at < offset; at++) this.#bytes.write(at, row[(at - this.#end) % row.length] ?? 0, line);
    this.#end = Math.max(this.#end, offset);
    this.#elided = false;
  }

  #takeEnd(digits: string, line: number): void {
    if (this.#last.length === 0) {
      this.#leftOut++;
      return;
    }
    const end = this.#offset(digits, line);
    if (this.#elided && end > this.#end) this.#repeat(end, line);
    if (end === this.#end) this.#isOddSize = !RAW_SIZES.includes(end);
    else this.#leftOut++;
    this.#last = new Uint8Array(0);
  }

  #takeRow({ offset, groups, column, begins }: FormRow, line: number, text: string): void {
    if (this.#device === null && this.#isMarked) {
      this.#leaveUnread(line, text);
      return;
    }
    const row = decodeGroups(groups, this.#reading.order);
    this.#hasOffsets = offset !== null;
    if (begins === true && !this.#bytes.isEmpty) this.#begin(null, line, 0);
    this.#device ??= { bdf: null, line };
    const at = offset === null ? this.#end : this.#offset(offset, line);
    if (this.#elided && at > this.#end) this.#repeat(at, line);
    if (at === 0 && this.#end > 0 && !this.#bytes.isEmpty) this.#checkSame(row, line);
    if (at !== this.#end) this.#gaps++;
    else if (at > 0 && offset !== null) this.#joins++;
    if (column !== null) this.#compareColumn(row, column);
    this.#write(at, row, line);
  }

  /** A second dump must not be taken for rows of the first. */
  #checkSame(row: Uint8Array, line: number): void {
    const { bytes } = this.#bytes;
    if (row.every((byte, i) => bytes[i] === byte)) return;
    const way = 'put a line such as "00:00.0 x" above each device\'s rows, or give them one by one';
    throw new InputSyntaxError(`other bytes begin at offset 0 here, and no line says of which device: ${way}`, line, 1);
  }

  #compareColumn(row: Uint8Array, column: string): void {
    const fits = isAsColumn(row, column);
    if (fits === true) this.#columns.agree++;
    else if (fits === false) this.#columns.differ++;
  }

  #write(at: number, row: Uint8Array, line: number): void {
    checkReach(at, row.length, line);
    for (const [i, byte] of row.entries()) this.#bytes.write(at + i, byte, line);
    this.#end = at + row.length;
    this.#last = row;
    this.#lastLine = line;
    this.#elided = false;
    this.#isOddSize = false;
  }

  /** Takes the end of a wrapped row where it has no more than the bytes that the row lacks. */
  #takeRest(groups: readonly string[], line: number, text: string): void {
    const rest = decodeGroups(groups, this.#reading.order);
    const lacks = this.#width - this.#last.length;
    if (this.#device === null || this.#last.length === 0 || line !== this.#lastLine + 1 || rest.length > lacks) {
      if (groups.length > 1) this.#leaveUnread(line, text);
      else this.#leftOut++;
      return;
    }
    const whole = new Uint8Array([...this.#last, ...rest]);
    this.#write(this.#end, rest, line);
    this.#last = whole;
  }

  #finish(): void {
    const device = this.#device;
    const unread = this.#unread;
    this.#device = null;
    this.#unread = null;
    this.#end = 0;
    this.#last = new Uint8Array(0);
    this.#elided = false;
    if (device === null || (this.#bytes.isEmpty && device.bdf === null)) return;
    const { contradictory, end } = this.#bytes;
    // Without offsets, all bytes or none: how many are lost is not known.
    if (!this.#hasOffsets && !this.#isMarked && !RAW_SIZES.includes(end))
      throw new InputSyntaxError(`${end} bytes without offsets stand here: wanted ${RAW_SIZES.join(', ')}`, device.line, 1);
    this.#devices.push({ ...device, config: this.#bytes.take(), unread, contradictory });
  }
}

/** Bytes of a whole row: what lies between the offsets of neighbouring rows. */
function rowWidth(lines: readonly ReadLine[], radix: number): number {
  let before = Number.NaN;
  let width = Number.POSITIVE_INFINITY;
  for (const { said } of lines) {
    if (said?.kind === 'same') before = Number.NaN;
    if (said?.kind !== 'row' || said.offset === null) continue;
    const offset = Number.parseInt(said.offset, radix);
    if (offset > before) width = Math.min(width, offset - before);
    before = offset;
  }
  return width <= EXTENDED_SIZE ? width : ROW;
}

/**
 * What `reading` makes of the lines of a form.
 * @throws InputSyntaxError where they cannot be read so
 */
export function readForm(lines: readonly ReadLine[], reading: Reading, isMarked: boolean): FormResult {
  const reader = new FormReader(reading, isMarked, rowWidth(lines, reading.radix));
  for (const line of lines) reader.take(line);
  return reader.result();
}
