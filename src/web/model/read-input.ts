/** Whole inputs, as they are pasted or dropped, read into facts. */
import { captureDevices, captureDoubts, captureHostFacts, readCapture } from '../../pure/capture/index.ts';
import { BridgesAbove, type DeviceFacts, deviceFacts, type HostFacts, NO_HOST_FACTS } from '../../pure/facts/index.ts';
import {
  describeUnreadForm,
  detectFormat,
  dumpFacts,
  formatContradictory,
  formatUnread,
  type InputFormat,
  LspciDumpParser,
  parseRawConfig,
  parseSaveFile,
  savedFacts,
} from '../../pure/inputs/index.ts';

/** What an input says of a host and its devices. */
export interface ReadInput {
  readonly format: InputFormat;
  readonly host: HostFacts;
  readonly devices: readonly DeviceFacts[];
  /** What the reader should know of it, one sentence each. */
  readonly notes: readonly string[];
}

/** An input of which nothing can be used; the message says why. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** An input and what it is called. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const inside = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = inside.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw new InputError('it is not valid gzip');
    });
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) throw new InputError(`it unpacks to more than ${MOST_BYTES} bytes`);
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The largest input that is read, in bytes, unpacked. */
const MOST_BYTES = 256 * 1024 * 1024;

function ofDump(bytes: Uint8Array): ReadInput {
  const parser = new LspciDumpParser();
  const bridges = new BridgesAbove();
  const parsed = [...parser.push(bytes), ...parser.end()];
  const devices = parsed.map(device => dumpFacts(device, bridges.see(device.bdf, device.config)));
  const { contradictory, unread } = parser;
  const notes = [
    ...(contradictory === null ? [] : [formatContradictory(contradictory)]),
    ...(unread === null ? [] : [`line ${unread.line}: ${formatUnread(unread)}`]),
  ];
  return { format: 'lspci', host: NO_HOST_FACTS, devices, notes };
}

function ofCapture(bytes: Uint8Array): ReadInput {
  const read = readCapture(new TextDecoder().decode(bytes));
  const { capture } = read;
  return {
    format: 'json',
    host: captureHostFacts(capture),
    devices: [...captureDevices(capture)],
    notes: captureDoubts(read),
  };
}

function ofSaveFile(bytes: Uint8Array): ReadInput {
  const bridges = new BridgesAbove();
  const { functions, doubts } = parseSaveFile(bytes, bytes);
  const devices = functions.map(saved => savedFacts(saved, saved.bdf === null ? null : bridges.see(saved.bdf, saved.config)));
  return { format: 'save-file', host: NO_HOST_FACTS, devices, notes: doubts };
}

const ofRaw = (bytes: Uint8Array): ReadInput => ({
  format: 'raw',
  host: NO_HOST_FACTS,
  devices: [deviceFacts(parseRawConfig(bytes))],
  notes: [],
});

const utf8 = (bytes: Uint8Array, encoding: string): Uint8Array => new TextEncoder().encode(new TextDecoder(encoding).decode(bytes));

function readPlain(bytes: Uint8Array): ReadInput {
  const format = detectFormat(bytes);
  switch (format) {
    case 'lspci':
      return ofDump(bytes);
    case 'json':
      return ofCapture(bytes);
    case 'raw':
      return ofRaw(bytes);
    case 'save-file':
      return ofSaveFile(bytes);
    case 'utf-16le':
    case 'utf-16be':
      return readPlain(utf8(bytes, format));
    case 'gzip':
      throw new InputError('it is compressed twice');
    case 'unknown':
      throw new InputError(describeUnreadForm(bytes) ?? 'it is in no format that is known');
  }
}

/**
 * Reads an input of at most 256 MiB.
 *
 * @throws InputError, in words for a person, where nothing of it can be used
 */
export async function readInput(bytes: Uint8Array): Promise<ReadInput> {
  if (bytes.length === 0) throw new InputError('it is empty');
  if (bytes.length > MOST_BYTES) throw new InputError(`it has more than ${MOST_BYTES} bytes`);
  try {
    const read = readPlain(detectFormat(bytes) === 'gzip' ? await gunzip(bytes) : bytes);
    if (read.devices.length === 0) throw new InputError('it holds no device');
    return read;
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(error instanceof Error ? error.message : String(error));
  }
}
