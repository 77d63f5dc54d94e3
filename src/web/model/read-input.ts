/** Whole inputs, as they are pasted or dropped, read into facts or told to be a VM's definition; in short pieces, so that nothing freezes. */
import { captureDevices, captureDoubts, captureHostFacts, readCapture } from '../../pure/capture/index.ts';
import { BridgesAbove, type DeviceFacts, deviceFacts, type HostFacts, NO_HOST_FACTS } from '../../pure/facts/index.ts';
import {
  AmbiguousInputError,
  describeUnreadForm,
  detectFormat,
  dumpFacts,
  formatContradictory,
  formatLatin1,
  formatReading,
  formatTexts,
  formatUnread,
  hexTextFacts,
  type InputFormat,
  InputSyntaxError,
  isWrapping,
  LspciDumpParser,
  MOST_HEX_TEXT,
  parseHexText,
  parseRawConfig,
  parseSaveFile,
  RAW_SIZES,
  savedFacts,
  unpack,
  unwrapText,
} from '../../pure/inputs/index.ts';
import { definitionText, isDefinition } from './definitions.ts';
import { InputError } from './input-error.ts';
import { nextTask, TimeSlices } from './time-slices.ts';
import { gunzip, MOST_BYTES, PIECE, utf8Of } from './unpack.ts';

export { InputError } from './input-error.ts';

/** What an input says of a host and its devices. */
export interface ReadInput {
  readonly kind: 'devices';
  readonly format: InputFormat;
  /** What it was read as: `lspci -xxxx`, `a capture of Airlock`. */
  readonly readAs: string;
  readonly host: HostFacts;
  readonly devices: readonly DeviceFacts[];
  /** Lines that look like bytes and were not read. */
  readonly leftOut: number;
  /** What the reader should know of it, one sentence each. */
  readonly notes: readonly string[];
}

/** A text that defines VMs, or that goes with such a one; what it says is read where it is planned. */
export interface ReadDefinition {
  readonly kind: 'definition';
  /** Unpacked. */
  readonly bytes: Uint8Array;
}

/** An input and what it is called. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The way in which it is to be read, where somebody chose one: a name of a reading of a hex dump. */
  readonly form?: string | undefined;
}

/** Told how many bytes of an input have been read. */
export type Progress = (bytes: number) => void;

const WANTED = `wanted the output of lspci -xxxx (or -x, -xxx), the text of lspci -vvv, another hex dump, a capture of Airlock, config space of ${RAW_SIZES.join(', ')} bytes, a VM that QEMU saved, or the definition of a VM`;

/** The options of lspci that make dumps with so many bytes of a device; text alone has none. */
function dumpName(devices: readonly DeviceFacts[]): string {
  const dumped = devices.filter(({ text }) => text?.hasBytes !== false);
  if (dumped.length === 0) return 'text of lspci -v';
  const most = dumped.reduce((size, { config }) => Math.max(size, config.bytes.length), 0);
  if (most === 0) return 'lspci without bytes';
  return most <= 64 ? 'lspci -x' : most <= 256 ? 'lspci -xxx' : 'lspci -xxxx';
}

async function ofDump(bytes: Uint8Array, progress: Progress): Promise<ReadInput> {
  const parser = new LspciDumpParser();
  const bridges = new BridgesAbove();
  const slices = new TimeSlices();
  const devices: DeviceFacts[] = [];
  const take = (parsed: ReturnType<LspciDumpParser['push']>): void => {
    for (const device of parsed) devices.push(dumpFacts(device, bridges.see(device.bdf, device.config)));
  };
  const faults: string[] = [];
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      take(parser.push(bytes.subarray(at, at + PIECE)));
      if (slices.isOver) progress(at);
      await slices.breathe();
    }
    take(parser.end());
  } catch (error) {
    if (!(error instanceof InputSyntaxError)) throw error;
    take(parser.drain());
    // What stands before the fault is no worse for it, as where a forum cut the text.
    if (devices.length === 0) throw error;
    faults.push(`${error.message}: the devices before it were read, this one was not`);
  }
  const { contradictory, texts, unread } = parser;
  const notes = [
    ...faults,
    ...(contradictory === null ? [] : [formatContradictory(contradictory)]),
    ...(texts === null ? [] : [formatTexts(texts)]),
    ...(unread === null ? [] : [`line ${unread.line}: ${formatUnread(unread)}`]),
  ];
  return { kind: 'devices', format: 'lspci', readAs: dumpName(devices), host: NO_HOST_FACTS, devices, leftOut: unread?.count ?? 0, notes };
}

async function ofCapture(bytes: Uint8Array): Promise<ReadInput> {
  const text = new TextDecoder().decode(bytes);
  await nextTask();
  const read = readCapture(text);
  await nextTask();
  const { capture } = read;
  const devices: DeviceFacts[] = [];
  const slices = new TimeSlices();
  for (const device of captureDevices(capture)) {
    devices.push(device);
    await slices.breathe();
  }
  const [readAs, notes] = ['a capture of Airlock', captureDoubts(read)];
  return { kind: 'devices', format: 'json', readAs, host: captureHostFacts(capture), devices, leftOut: 0, notes };
}

function ofHexText(bytes: Uint8Array, form: string | null): ReadInput {
  if (bytes.length > MOST_HEX_TEXT) throw new InputError(`it is a hex dump of ${bytes.length} bytes; wanted at most ${MOST_HEX_TEXT}`);
  const choice = parseHexText(formatLatin1(bytes), form);
  const { devices, doubts } = hexTextFacts(choice);
  const { reading, leftOut } = choice.result;
  const notes = choice.because === null ? doubts : [formatReading(choice), ...doubts];
  return { kind: 'devices', format: 'hex-text', readAs: reading.title, host: NO_HOST_FACTS, devices, leftOut, notes };
}

function ofSaveFile(bytes: Uint8Array): ReadInput {
  const bridges = new BridgesAbove();
  const { functions, doubts } = parseSaveFile(bytes, bytes);
  const devices = functions.map(saved => savedFacts(saved, saved.bdf === null ? null : bridges.see(saved.bdf, saved.config)));
  return { kind: 'devices', format: 'save-file', readAs: 'a VM that QEMU saved', host: NO_HOST_FACTS, devices, leftOut: 0, notes: doubts };
}

function ofRaw(bytes: Uint8Array): ReadInput {
  const devices = [deviceFacts(parseRawConfig(bytes))];
  const readAs = `${bytes.length} bytes of config space`;
  return { kind: 'devices', format: 'raw', readAs, host: NO_HOST_FACTS, devices, leftOut: 0, notes: [] };
}

/** How often a text may be wrapped: HTML in quoted-printable in UTF-16. */
const MOST_WRAPPINGS = 4;

/** No definition is so large, and most files that are nothing known are. */
const MOST_DEFINITION = 8 * 1024 * 1024;

const isCaptureText = (bytes: Uint8Array): boolean => /"airlock-capture"/.test(formatLatin1(bytes.subarray(0, 4096)));

/** Texts in which there is nothing of a capture are asked about; a capture may hold strings of all kinds. */
async function definitionOf(bytes: Uint8Array): Promise<ReadDefinition | null> {
  if (bytes.length > MOST_DEFINITION || isCaptureText(bytes) || bytes.includes(0)) return null;
  const text = definitionText(bytes);
  return (await isDefinition(text)) ? { kind: 'definition', bytes } : null;
}

function refused(bytes: Uint8Array): InputError {
  const form = describeUnreadForm(bytes);
  return new InputError(`${form ?? 'it is in no format that is known'}; ${WANTED}`);
}

/** How an input is read. */
interface Asked {
  readonly progress: Progress;
  /** The reading of a hex dump that somebody chose. */
  readonly form: string | null;
}

/** `depth`: how often it may be wrapped. */
async function readPlain(bytes: Uint8Array, asked: Asked, depth = MOST_WRAPPINGS): Promise<ReadInput | ReadDefinition> {
  const format = detectFormat(bytes);
  if (depth === 0 && isWrapping(format)) throw new InputError(`it is wrapped too often; ${WANTED}`);
  switch (format) {
    case 'lspci':
      return ofDump(bytes, asked.progress);
    case 'hex-text':
      return ofHexText(bytes, asked.form);
    case 'json':
      return (await definitionOf(bytes)) ?? ofCapture(bytes);
    case 'raw':
      return ofRaw(bytes);
    case 'save-file':
      return ofSaveFile(bytes);
    case 'utf-16le':
    case 'utf-16be':
      return readPlain(await utf8Of(bytes, format), asked, depth - 1);
    case 'quoted-printable':
    case 'html':
      return readPlain(unwrapText(bytes, format), asked, depth - 1);
    case 'gzip':
      throw new InputError(`it is compressed twice; ${WANTED}`);
    case 'xz':
    case 'bzip2':
      return readPlain(unpack(bytes, format, MOST_BYTES), asked, depth - 1);
    case 'zstd':
      throw new InputError('it is compressed with zstd, which is not unpacked here: give the output of zstd -dc');
    case 'unknown': {
      const definition = await definitionOf(bytes);
      if (definition === null) throw refused(bytes);
      return definition;
    }
  }
}

/**
 * Reads an input of at most 256 MiB.
 *
 * @throws InputError, in words for a person, where nothing of it can be used; its `readings` are to choose `form` from
 */
export async function readInput(
  bytes: Uint8Array,
  progress: Progress = () => {},
  form: string | null = null,
): Promise<ReadInput | ReadDefinition> {
  if (bytes.length === 0) throw new InputError(`it is empty; ${WANTED}`);
  if (bytes.length > MOST_BYTES) throw new InputError(`it has ${bytes.length} bytes; wanted at most ${MOST_BYTES}`);
  try {
    const plain = detectFormat(bytes) === 'gzip' ? await gunzip(bytes) : bytes;
    const read = await readPlain(plain, { progress, form });
    if (read.kind === 'devices' && read.devices.length === 0) throw new InputError(`it holds no device; ${WANTED}`);
    return read;
  } catch (error) {
    if (error instanceof AmbiguousInputError) throw new InputError(error.message, error.readings);
    throw error instanceof InputError ? error : new InputError(error instanceof Error ? error.message : String(error));
  }
}
