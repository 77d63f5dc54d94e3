/** Inputs of the commands: a file or standard input, perhaps compressed, or a device of this machine. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { CaptureError } from '../pure/capture/capture-error.ts';
import { detectFormat, InputSyntaxError, LspciDumpParser, parseRawConfig, RAW_SIZES } from '../pure/inputs/index.ts';
import type { Bdf } from '../pure/pci/bdf.ts';
import { UsageError } from './command.ts';
import { BARE, type InputDevice } from './input-device.ts';
import { type LiveOptions, liveAddress, UNOPENED } from './live-options.ts';
import { refusalWords } from './system-words.ts';

/** How many addresses a message lists. */
const MOST_LISTED = 16;
/** A capture is parsed whole; so much of it is held at most. */
const MOST_CAPTURE = 512 * 1024 * 1024;
/** A file of this size at most is read at once. */
const SMALL = 1024 * 1024;
/** Enough to tell formats apart, and to hold any raw file whole. */
const SAMPLE = 64 * 1024;

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

/** The devices of a dump as they become complete; those before a fault come first. */
async function* dumpDevices(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<InputDevice> {
  const parser = new LspciDumpParser();
  try {
    for (const { bdf, config } of parser.push(first)) yield { bdf, config, ...BARE };
    for await (const chunk of rest) for (const { bdf, config } of parser.push(chunk)) yield { bdf, config, ...BARE };
    for (const { bdf, config } of parser.end()) yield { bdf, config, ...BARE };
  } catch (error) {
    if (error instanceof InputSyntaxError) for (const { bdf, config } of parser.drain()) yield { bdf, config, ...BARE };
    throw error;
  }
}

async function readWhole(name: string, first: Uint8Array, rest: AsyncGenerator<Uint8Array>): Promise<string> {
  const parts = [first];
  let size = first.length;
  for await (const chunk of rest) {
    size += chunk.length;
    if (size > MOST_CAPTURE) throw new UsageError(`Cannot read ${name}: a capture of more than ${MOST_CAPTURE} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** What is inside of a gzip stream; one that is cut or is none ends in an error of the stream. */
async function gunzip(first: Uint8Array, rest: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const [{ pipeline, Readable }, { createGunzip }] = await Promise.all([import('node:stream'), import('node:zlib')]);
  const inside = createGunzip({ chunkSize: 1024 * 1024 });
  pipeline(Readable.from(joined(first, rest)), inside, () => {});
  return inside;
}

function notKnown(name: string): UsageError {
  const wanted = `a dump of lspci -x to -xxxx, raw config space of ${RAW_SIZES.join(', ')} bytes, or a capture`;
  return new UsageError(`Cannot read ${name}: it is in no format that is known: wanted ${wanted}`);
}

type Start = { readonly first: Uint8Array; readonly ended: boolean };

async function* devicesOf(name: string, { first, ended }: Start, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<InputDevice> {
  switch (detectFormat(first, ended ? first.length : Number.MAX_SAFE_INTEGER)) {
    case 'lspci':
      return yield* dumpDevices(first, rest);
    case 'json': {
      const [{ parseCapture }, { captureDevices }] = await Promise.all([
        import('../pure/capture/parse-capture.ts'),
        import('./capture-input.ts'),
      ]);
      return yield* captureDevices(parseCapture(await readWhole(name, first, rest)));
    }
    case 'raw':
      return yield { bdf: null, config: parseRawConfig(first), ...BARE };
    default:
      throw notKnown(name);
  }
}

/**
 * The devices of an input, one by one as they are read; the one device where it names one of this machine. Throws UsageError for
 * what cannot be read and for what is in no format that is known, each naming the input and what was wanted.
 */
export async function* readDevices(path: string, live: LiveOptions = UNOPENED): AsyncGenerator<InputDevice> {
  const address = liveAddress(path, live.root);
  if (address !== null) {
    const { readLiveInput } = await import('./live.ts');
    return yield readLiveInput(address, live);
  }
  if (live.root !== '/') throw new UsageError(`--root goes with a device, not with ${path}`);
  const name = path === '-' ? 'standard input' : path;
  let chunks = chunksOf(open(path), name);
  let start = await peek(chunks, SAMPLE);
  if (start.first.length === 0) throw new UsageError(`Cannot read ${name}: it is empty`);
  if (path.endsWith('.gz') || detectFormat(start.first) === 'gzip') {
    chunks = chunksOf(await gunzip(start.first, chunks), name);
    start = await peek(chunks, SAMPLE);
  }
  try {
    yield* devicesOf(name, start, chunks);
  } catch (error) {
    if (error instanceof InputSyntaxError || error instanceof CaptureError) throw new UsageError(`Cannot read ${name}: ${error.message}`);
    throw error;
  }
}

/** The one device of an input, or the one at `slot`. Throws UsageError where there is none or more than one. */
export async function readOneDevice(path: string, slot: Bdf | null, live?: LiveOptions): Promise<InputDevice> {
  const found: InputDevice[] = [];
  for await (const device of selectDevices(path, slot, live)) found.push(device);
  const [device] = found;
  if (device === undefined) throw new UsageError(`Cannot use ${path}: it holds no device`);
  if (found.length === 1) return device;
  const list = found.slice(0, MOST_LISTED).map(({ bdf }) => `${bdf}`);
  if (found.length > MOST_LISTED) list.push(`and ${found.length - MOST_LISTED} more`);
  throw new UsageError(`Cannot use ${path}: it holds ${found.length} devices where one is needed: choose with -s: ${list.join(', ')}`);
}

/** The devices of an input at `slot`, or all. Throws UsageError where none is at `slot`. */
export async function* selectDevices(path: string, slot: Bdf | null, live?: LiveOptions): AsyncGenerator<InputDevice> {
  let met = false;
  const others: string[] = [];
  for await (const device of readDevices(path, live)) {
    if (slot === null || device.bdf?.equals(slot)) {
      met = true;
      yield device;
    } else if (others.length < MOST_LISTED) others.push(device.bdf === null ? 'bytes without an address' : `${device.bdf}`);
  }
  if (!met && slot !== null) throw new UsageError(`${slot} is not in ${path}: it holds ${others.join(', ') || 'no device'}`);
}
