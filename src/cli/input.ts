/** Inputs of the commands: a file or standard input, perhaps compressed, or a device of this machine. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { CaptureError } from '../pure/capture/capture-error.ts';
import { BridgesAbove, type DeviceFacts, deviceFacts, type HostFacts, NO_HOST_FACTS } from '../pure/facts/index.ts';
import {
  AmbiguousInputError,
  describeUnreadForm,
  detectFormat,
  dumpFacts,
  formatContradictory,
  formatTexts,
  formatUnread,
  type InputFormat,
  InputSyntaxError,
  isWrapping,
  LspciDumpParser,
  MOST_HEX_TEXT,
  type ParsedDevice,
  parseRawConfig,
  parseSaveFile,
  RAW_SIZES,
  SaveFileError,
  savedFacts,
  UnpackError,
} from '../pure/inputs/index.ts';
import { refusalWords } from '../service/system-words.ts';
import { UsageError } from './command.ts';
import { type LiveOptions, liveAddress, UNOPENED } from './live-options.ts';
import { printError } from './output.ts';
import { type Selection, selects, selectsSlot } from './selection.ts';
import { ToldAddresses } from './told-addresses.ts';
import { joined, unwrapped } from './unwrapped.ts';

/** Takes what the user should know of an input, one sentence at a time. */
export type Tell = (words: string) => void;

const tellOnStandardError: Tell = words => printError(`airlock: warning: ${words}`);

/** The largest capture that is read: a capture is held and parsed whole. */
const MOST_CAPTURE = 512 * 1024 * 1024;
/** The largest file that is read at once. */
const SMALL = 1024 * 1024;
/** The last bytes of a save file that are kept: devices' state comes last, behind the guest's memory. */
const MOST_STATE = 64 * 1024 * 1024;
/** Enough to tell formats apart, and to hold any raw file whole. */
const SAMPLE = 64 * 1024;
/** How often an input may be wrapped: a mail in quoted-printable, its HTML, and a compressed file of it. */
const MOST_WRAPPINGS = 4;
/** Says how to get the bytes that an input lacks. */
const MORE_BYTES = 'lspci -xxxx as root gives all';

function notRead(error: unknown, name: string): UsageError {
  return new UsageError(`Cannot read ${name}: ${refusalWords(error)}`);
}

/** The input's own bytes, as they come. */
function open(path: string): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (path === '-') return process.stdin;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR', syscall: 'read' });
    // A stream takes longer to set up than a small file to read.
    if (stat.isFile() && stat.size <= SMALL) return [readFileSync(path)];
  } catch (error) {
    throw notRead(error, path);
  }
  return createReadStream(path, { highWaterMark: 1024 * 1024 });
}

async function* chunksOf(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    if (error instanceof UnpackError) throw new UsageError(`Cannot read ${name}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') throw new UsageError(`Cannot read ${name}: it is not valid gzip`);
    throw notRead(error, name);
  }
}

/** Reads ahead until `length` bytes are there or the input ends, so that its format can be told. */
async function peek(chunks: AsyncGenerator<Uint8Array>, length: number): Promise<{ first: Uint8Array; ended: boolean }> {
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size < length) {
    const { value, done } = await chunks.next();
    if (done) return { first: Buffer.concat(parts), ended: true };
    parts.push(value);
    size += value.length;
  }
  return { first: Buffer.concat(parts), ended: false };
}

/** Makes each device of a dump an input, with the bridges above it that the dump listed before it. */
function withBridges(): (device: ParsedDevice) => DeviceFacts {
  const bridges = new BridgesAbove();
  return device => dumpFacts(device, bridges.see(device.bdf, device.config));
}

/** Yields the devices of a dump as they become complete, also those before a fault. Tells at the end which rows could not be read. */
async function* dumpDevices({ name, first, rest, tell }: Source): AsyncGenerator<DeviceFacts> {
  const parser = new LspciDumpParser();
  const inputDevice = withBridges();
  try {
    for (const device of parser.push(first)) yield inputDevice(device);
    for await (const chunk of rest) for (const device of parser.push(chunk)) yield inputDevice(device);
    for (const device of parser.end()) yield inputDevice(device);
  } catch (error) {
    if (error instanceof InputSyntaxError) for (const device of parser.drain()) yield inputDevice(device);
    throw error;
  }
  if (parser.contradictory !== null) tell(`${name}: ${formatContradictory(parser.contradictory)}`);
  if (parser.texts !== null) tell(`${name}: ${formatTexts(parser.texts)}`);
  if (parser.unread !== null) tell(`${name}, line ${parser.unread.line}: ${formatUnread(parser.unread)}`);
}

async function readWhole({ name, first, rest }: Source, most: number, what: string): Promise<Buffer> {
  const parts = [first];
  let size = first.length;
  for await (const chunk of rest) {
    size += chunk.length;
    if (size > most) throw new UsageError(`Cannot read ${name}: ${what} of more than ${most} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function notKnown(name: string, first: Uint8Array): UsageError {
  const wanted = `wanted a dump of lspci -x to -xxxx, the text of lspci -vvv, another hex dump, raw config space of ${RAW_SIZES.join(', ')} bytes, a capture, or a VM that QEMU saved`;
  const form = describeUnreadForm(first);
  return new UsageError(`Cannot read ${name}: ${form === null ? `it is in no format that is known: ${wanted}` : `${form}; ${wanted}`}`);
}

/** An input whose beginning was read. */
interface Source {
  readonly name: string;
  readonly first: Uint8Array;
  /** Whether `first` is the whole input. */
  readonly ended: boolean;
  readonly rest: AsyncGenerator<Uint8Array>;
  readonly tell: Tell;
  /** Takes what a capture says of its host. */
  readonly see?: ((host: HostFacts) => void) | undefined;
  /** How a hex dump is to be read; null where its text must prove it, left out where the user cannot choose. */
  readonly form?: string | null | undefined;
}

/** What is done with what an input holds besides its devices. */
type Ears = Pick<Source, 'tell' | 'see' | 'form'>;

async function openSource(chunks: AsyncGenerator<Uint8Array>, name: string, ears: Ears): Promise<Source> {
  return { name, ...(await peek(chunks, SAMPLE)), rest: chunks, ...ears };
}

const formatOf = ({ first, ended }: Source): InputFormat => detectFormat(first, ended ? first.length : Number.MAX_SAFE_INTEGER);

/** Takes off what an input is wrapped in, such as HTML in gzip. `isGzip`: its name says so. */
async function unwrap(source: Source, isGzip: boolean): Promise<Source> {
  const { name, tell, see, form } = source;
  let inside = source;
  for (let depth = 0; depth < MOST_WRAPPINGS; depth++) {
    const format = formatOf(inside);
    const wrapping = isGzip && depth === 0 ? 'gzip' : isWrapping(format) ? format : null;
    if (wrapping === null) return inside;
    inside = await openSource(chunksOf(unwrapped(wrapping, inside), name), name, { tell, see, form });
  }
  return inside;
}

async function* devicesOfCapture(source: Source): AsyncGenerator<DeviceFacts> {
  const { name, tell, see } = source;
  // Loaded here, since the checks of the format take time to load.
  const { captureDevices, captureDoubts, captureHostFacts, readCapture } = await import('../pure/capture/index.ts');
  const text = (await readWhole(source, MOST_CAPTURE, 'a capture')).toString('utf8');
  // Some editors put a byte order mark first, which is no part of JSON (RFC 8259 §8.1).
  const read = readCapture(text.replace(/^\ufeff/, ''));
  const { capture } = read;
  for (const doubt of captureDoubts(read)) tell(`${name}: ${doubt}`);
  see?.(captureHostFacts(capture));
  if (capture.devices.length === 0) throw new UsageError(`Cannot use ${name}: it holds no device`);
  yield* captureDevices(capture);
}

async function* rawDevice({ first }: Source): AsyncGenerator<DeviceFacts> {
  yield deviceFacts(parseRawConfig(first));
}

/** The last bytes of an input; those before are let go. */
async function readEnd(first: Uint8Array, rest: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of joined(first, rest)) {
    parts.push(chunk);
    size += chunk.length;
    while (size - (parts[0]?.length ?? 0) >= MOST_STATE) size -= parts.shift()?.length ?? 0;
  }
  return Buffer.concat(parts);
}

async function* savedDevices({ name, first, rest, tell }: Source): AsyncGenerator<DeviceFacts> {
  const bridges = new BridgesAbove();
  const { functions, doubts } = parseSaveFile(await readEnd(first, rest), first);
  for (const doubt of doubts) tell(`${name}: ${doubt}`);
  if (functions.length === 0) throw new UsageError(`Cannot use ${name}: it holds no device`);
  for (const saved of functions) yield savedFacts(saved, saved.bdf === null ? null : bridges.see(saved.bdf, saved.config));
}

async function* devicesOfHexText(source: Source): AsyncGenerator<DeviceFacts> {
  const { hexTextDevices } = await import('./hex-text.ts');
  yield* hexTextDevices(await readWhole(source, MOST_HEX_TEXT, 'a hex dump'), source.name, source.form ?? null, source.tell);
}

/** The devices of an input of each format that holds some; what is wrapped more than a few times is not read. */
const READERS: Readonly<Record<InputFormat, ((source: Source) => AsyncGenerator<DeviceFacts>) | null>> = {
  lspci: dumpDevices,
  'hex-text': devicesOfHexText,
  json: devicesOfCapture,
  raw: rawDevice,
  'save-file': savedDevices,
  gzip: null,
  xz: null,
  zstd: null,
  bzip2: null,
  'utf-16le': null,
  'utf-16be': null,
  'quoted-printable': null,
  html: null,
  unknown: null,
};

/** Formats of what may be a hex dump in a form that the user knows better. */
const TEXTS: readonly InputFormat[] = ['lspci', 'hex-text', 'unknown'];

async function* devicesOf(source: Source): AsyncGenerator<DeviceFacts> {
  const format = formatOf(source);
  if (source.form !== undefined && source.form !== null) {
    if (!TEXTS.includes(format)) throw new UsageError(`--input-format goes with a hex dump, and ${source.name} is none`);
    return yield* devicesOfHexText(source);
  }
  const read = READERS[format];
  if (read === null) throw notKnown(source.name, source.first);
  yield* read(source);
}

/** Reads a file or standard input; where somebody has read it, `bytes` are its own. Throws UsageError. */
async function* readFile(path: string, ears: Ears, bytes: Uint8Array | null = null): AsyncGenerator<DeviceFacts> {
  const name = path === '-' ? 'standard input' : path;
  if (path === '') throw new UsageError('Cannot read "": wanted the path of an input, or - for standard input');
  const source = await openSource(chunksOf(bytes === null ? open(path) : [bytes], name), name, ears);
  if (source.first.length === 0) throw new UsageError(`Cannot read ${name}: it is empty`);
  try {
    yield* devicesOf(await unwrap(source, path.endsWith('.gz')));
  } catch (error) {
    if (error instanceof InputSyntaxError || error instanceof CaptureError || error instanceof SaveFileError)
      throw new UsageError(`Cannot read ${name}: ${error.message}`);
    if (error instanceof AmbiguousInputError) {
      const way = ears.form === undefined ? 'airlock view --input-format tells which is meant' : 'choose with --input-format';
      throw new UsageError(`Cannot read ${name}: ${error.message}: ${way}`);
    }
    throw error;
  }
}

/**
 * The devices of an input, one by one as they are read; the one device where it names one of this machine. Throws UsageError for
 * what cannot be read and for what is in no format that is known, each naming the input and what was wanted.
 */
export async function* readDevices(
  path: string,
  live: LiveOptions = UNOPENED,
  tell: Tell = tellOnStandardError,
): AsyncGenerator<DeviceFacts> {
  const address = liveAddress(path, live.root);
  if (address !== null) {
    const { readLiveInput } = await import('./live.ts');
    return yield readLiveInput(address, live);
  }
  if (live.root !== '/') throw new UsageError(`--root goes with a device, not with ${path}`);
  yield* readFile(path, { tell, form: live.form });
}

/** A host as an input tells of it. */
export interface ReadHost {
  /** NO_HOST_FACTS for an input that is no capture. */
  readonly host: HostFacts;
  readonly devices: readonly DeviceFacts[];
}

/** A host and its devices, of a capture or of a dump, whose bytes somebody may have read. Throws UsageError. */
export async function readHost(path: string, tell: Tell = tellOnStandardError, bytes: Uint8Array | null = null): Promise<ReadHost> {
  let host = NO_HOST_FACTS;
  const devices: DeviceFacts[] = [];
  const see = (facts: HostFacts): void => {
    host = facts;
  };
  for await (const device of readFile(path, { tell, see }, bytes)) devices.push(device);
  return { host, devices };
}

/** The one device of an input that is selected. Throws UsageError where there is none or more than one. */
export async function readOneDevice(path: string, selection: Selection | null, live?: LiveOptions): Promise<DeviceFacts> {
  const found: DeviceFacts[] = [];
  for await (const device of selectDevices(path, selection, live)) found.push(device);
  const [device] = found;
  if (device === undefined) throw new UsageError(`Cannot use ${path}: it holds no device`);
  if (found.length === 1) return device;
  const list = new ToldAddresses();
  for (const one of found) list.add(one);
  throw new UsageError(`Cannot use ${path}: it holds ${found.length} devices where one is needed: choose with -s: ${list}`);
}

/** The message for devices of which an input holds only the address. */
export const emptyWords = (path: string, devices: ToldAddresses): string =>
  `${path}: no byte of config space is there of ${devices}: ${MORE_BYTES}`;

/**
 * The devices of an input that are selected, or all. Throws UsageError where none is. Tells of devices without a single byte, and of those
 * that could not be selected because their ids are not known.
 */
export async function* selectDevices(
  path: string,
  selection: Selection | null,
  live?: LiveOptions,
  tell: Tell = tellOnStandardError,
): AsyncGenerator<DeviceFacts> {
  const [others, nameless, empty, unread] = [new ToldAddresses(), new ToldAddresses(), new ToldAddresses(), new ToldAddresses()];
  let met = false;
  const slots = new Set(selection?.slots.keys());
  let hasBytes = false;
  for await (const device of readDevices(path, live, tell)) {
    for (const i of slots) if (selectsSlot({ slots: selection?.slots.slice(i, i + 1) ?? [] }, device.bdf)) slots.delete(i);
    const selected = selection === null || selects(selection, device);
    if (selected !== true) {
      (selected === 'unknown' ? nameless : others).add(device);
      continue;
    }
    met = true;
    hasBytes ||= device.config.bytes.length > 0;
    if (device.config.bytes.length === 0) (device.unread === null ? empty : unread).add(device);
    yield device;
  }
  if (unread.count > 0) {
    const words = `no byte could be read of ${unread}, whose rows are in a form that is not read`;
    if (!hasBytes) throw new UsageError(`Cannot read ${path}: ${words}`);
    tell(`${path}: ${words}`);
  }
  if (empty.count > 0) tell(emptyWords(path, empty));
  if (nameless.count > 0) tell(`${path}: whether -d selects is not known of ${nameless}, whose ids are not there: ${MORE_BYTES}`);
  if (met) for (const i of slots) tell(`${path}: -s ${selection?.slotTexts[i]} selects nothing of it`);
  if (met || selection === null) return;
  others.join(nameless);
  throw new UsageError(`${selection.words} selects nothing of ${path}: it holds ${others.count === 0 ? 'no device' : others}`);
}
