/** Reads what `airlock explore` was given, and makes of it what goes into the page: the inputs as they are, or captures without what is private. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { type Capture, captureOf, formatCapture, type RedactionKind, readCapture } from '../../pure/capture/index.ts';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { detectFormat } from '../../pure/inputs/index.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { isDefinition } from '../../pure/plan/readers/is-definition.ts';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';
import { type ReadHost, readHost } from '../input.ts';
import { printError } from '../output.ts';
import { listFiles } from '../plan/definition-files.ts';
import { decodeText, isPacked } from '../plan/definitions.ts';
import type { PageInput } from './page-data.ts';

/** The most bytes of all inputs together: a browser holds the page whole. */
const MOST_BYTES = 256 * 1024 * 1024;
/** No definition of a VM is so large. */
const MOST_DEFINITION = 8 * 1024 * 1024;
/** The most inputs that could not be read that are named. */
const MOST_NAMED = 8;
/** Addresses for devices that came without: none of a machine is there. */
const NOWHERE = 0xfffffff0 * 0x10000;

/** What was read. */
export interface ReadInputs {
  readonly inputs: readonly PageInput[];
  readonly devices: readonly DeviceFacts[];
  readonly definitions: number;
  /** How many inputs could not be read. */
  readonly unread: number;
}

/** What is taken out of devices; null where the inputs go into the page as they are. */
export type Redacts = readonly RedactionKind[] | null;

interface Read {
  readonly input: PageInput;
  readonly devices: readonly DeviceFacts[];
}

const nameOf = (path: string): string => (path === '-' ? 'standard input' : path);

async function readStandardInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MOST_BYTES) throw new UsageError(`Cannot read standard input: it has more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The bytes of what has no size of its own, as a pipe, which may never end. */
function readUnsized(path: string): Uint8Array {
  const piece = Buffer.alloc(64 * 1024);
  const parts: Uint8Array[] = [];
  let size = 0;
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const count = readSync(file, piece);
      if (count === 0) return Buffer.concat(parts);
      size += count;
      if (size > MOST_BYTES) throw new UsageError(`Cannot read ${path}: it has more than ${MOST_BYTES} bytes`);
      parts.push(Buffer.from(piece.subarray(0, count)));
    }
  } finally {
    closeSync(file);
  }
}

/** The bytes of an input; null where they are too many to be held, as of a VM that was saved with its memory. */
async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    if (path === '-') return await readStandardInput();
    const stat = statSync(path);
    if (!stat.isFile() || stat.size === 0) return readUnsized(path);
    return stat.size > MOST_BYTES ? null : readFileSync(path);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`Cannot read ${nameOf(path)}: ${refusalWords(error)}`);
  }
}

/** The text of a definition of a VM; null for anything else. */
function definitionText(bytes: Uint8Array): string | null {
  let plain = bytes;
  try {
    if (isPacked(bytes)) plain = process.getBuiltinModule('node:zlib').gunzipSync(bytes, { maxOutputLength: MOST_DEFINITION });
  } catch {
    return null;
  }
  const format = detectFormat(plain);
  if (plain.length > MOST_DEFINITION || format === 'lspci' || format === 'raw' || format === 'save-file') return null;
  const text = decodeText(plain);
  return !text.includes('\0') && isDefinition(text) ? text : null;
}

/** Text stays readable in the file; other bytes become base64. */
function verbatim(bytes: Uint8Array): Pick<PageInput, 'text' | 'base64'> {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** A capture's own text and words; null for bytes that are none. */
function captureIn(bytes: Uint8Array | null): Capture | null {
  if (bytes === null || detectFormat(bytes) !== 'json') return null;
  return readCapture(decodeText(bytes)).capture;
}

/** Whether a capture says that it holds nothing that is to be taken out; no hardware stands behind a synthetic one. */
function hasNothingOf({ synthetic, redacts = [] }: Capture, kinds: readonly RedactionKind[]): boolean {
  return synthetic === true || kinds.every(kind => redacts.includes(kind));
}

/** The devices as a capture, which is without what `redacts` names. */
function captured({ host, devices }: ReadHost, redacts: readonly RedactionKind[], description: string | undefined) {
  const addressless = devices.flatMap(({ bdf }, index) => (bdf === null ? [index] : []));
  const addressed = devices.map((device, index) => ({ ...device, bdf: device.bdf ?? Bdf.unpack(NOWHERE + index) }));
  const text = formatCapture(captureOf(host, addressed, { redacts, description }));
  return { text, ...(addressless.length > 0 && { addressless }) };
}

async function readOne(path: string, redacts: Redacts): Promise<Read> {
  const name = nameOf(path);
  const bytes = await readBytes(path);
  const definition = bytes === null || bytes.length === 0 ? null : definitionText(bytes);
  if (definition !== null) return { input: { name, text: definition }, devices: [] };
  const notes: string[] = [];
  const tell = (words: string): void => {
    printError(`airlock: warning: ${words}`);
    notes.push(words.startsWith(`${name}: `) ? words.slice(name.length + 2) : words);
  };
  const host = await readHost(path, tell, bytes);
  const { devices } = host;
  if (devices.length === 0) throw new UsageError(`Cannot use ${name}: it holds no device`);
  if (redacts === null && bytes !== null) return { input: { name, ...verbatim(bytes) }, devices };
  const capture = captureIn(bytes);
  const isRedacted = capture !== null && hasNothingOf(capture, redacts ?? []);
  const content = isRedacted && bytes !== null ? verbatim(bytes) : captured(host, redacts ?? [], capture?.description);
  return { input: { name, ...content, ...(notes.length > 0 && !isRedacted && { notes }) }, devices };
}

const sizeOf = ({ text = '', base64 = '' }: PageInput): number => text.length + base64.length;

/** Reads the inputs that the operands name, folders opened. What cannot be read is told, and does not stop the others. Throws UsageError. */
export async function readInputs(operands: readonly string[], redacts: Redacts): Promise<ReadInputs> {
  const inputs: PageInput[] = [];
  const devices: DeviceFacts[] = [];
  let [definitions, unread, size] = [0, 0, 0];
  if (operands.filter(operand => operand === '-').length > 1) throw new UsageError('Cannot read standard input twice');
  for (const path of listFiles(operands, 'dumps, captures or definitions of VMs')) {
    try {
      const read = await readOne(path, redacts);
      size += sizeOf(read.input);
      if (size > MOST_BYTES) throw new UsageError(`Cannot take ${nameOf(path)} too: the page would have more than ${MOST_BYTES} bytes`);
      inputs.push(read.input);
      for (const device of read.devices) devices.push(device);
      if (read.devices.length === 0) definitions++;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (++unread <= MOST_NAMED) printError(`airlock: ${error.message}`);
    }
  }
  if (unread > MOST_NAMED) printError(`airlock: ${unread - MOST_NAMED} more could not be read`);
  return { inputs, devices, definitions, unread };
}
