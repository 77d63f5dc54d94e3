/** The definitions that a user names: files, folders of them, standard input, words behind `--`, a running program. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DefinitionError,
  type DefinitionText,
  type FormatName,
  formatOrigin,
  type PlanFinding,
  type ReadContext,
  readDefinitions,
  type VmDefinition,
} from '../../pure/plan/index.ts';
import { requirePermitted, requireRelated } from '../../pure/plan/readers/related.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { refusalWords } from '../../service/system-words.ts';
import { type Options, UsageError } from '../command.ts';

/** A file that is larger is no definition of a VM. */
const MOST_BYTES = 32 * 2 ** 20;
/** The most files of a folder, and the most folders inside of each other. */
const [MOST_FILES, MOST_DEPTH] = [200_000, 16];
/** The most bytes of all files of a folder: it would be the wrong one, and take hours. */
const MOST_BYTES_OF_FOLDER = 2 ** 31;

/** Bytes of a file as text: UTF-8, or UTF-16 where it says so by its mark, as editors of Windows save it; the mark is no part of it. */
export function decodeText(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes);
}

/** The content of a file, as text. Throws UsageError. */
export function readText(path: string): string {
  try {
    const stat = path === '-' ? null : statSync(path);
    if (stat?.isFile() && stat.size > MOST_BYTES) {
      throw new UsageError(`Cannot read ${path}: it has ${stat.size} bytes, a definition has at most ${MOST_BYTES}`);
    }
    return decodeText(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${path === '-' ? 'standard input' : path}: ${refusalWords(error)}`);
  }
}

/** The files below a folder in the order of their names; hidden ones are left out. */
function* filesBelow(folder: string, depth: number): Generator<string> {
  if (depth > MOST_DEPTH) throw new UsageError(`Cannot read ${folder}: it is more than ${MOST_DEPTH} folders deep`);
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, depth + 1);
    else if (entry.isFile()) yield path;
  }
}

function isFolder(path: string): boolean {
  return path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The files of a folder. Throws UsageError where they are too many, or too large together. */
function* filesOf(folder: string): Generator<string> {
  let [count, bytes] = [0, 0];
  for (const file of filesBelow(folder, 0)) {
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (++count > MOST_FILES) throw new UsageError(`Cannot read ${folder}: it has more than ${MOST_FILES} files`);
    if (bytes > MOST_BYTES_OF_FOLDER)
      throw new UsageError(`Cannot read ${folder}: its files have more than ${MOST_BYTES_OF_FOLDER} bytes together, which is the most`);
    yield file;
  }
}

/** The files that the operands name, folders opened. Throws UsageError. */
export function listFiles(operands: readonly string[]): readonly string[] {
  const files: string[] = [];
  for (const operand of operands) {
    if (!isFolder(operand)) {
      files.push(operand);
      continue;
    }
    try {
      const before = files.length;
      for (const file of filesOf(operand)) files.push(file);
      if (files.length === before) throw new UsageError(`Cannot read ${operand}: the folder holds no file, wanted definitions of VMs`);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`Cannot read ${operand}: ${refusalWords(error)}`);
    }
  }
  return files;
}

/** The words of a running program, as /proc/PID/cmdline has them. Throws UsageError. */
export function readRunning(pid: string): DefinitionText {
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw new UsageError(`--pid does not take "${pid}": wanted the number of a process`);
  if (!existsSync(`/proc/${pid}`)) throw new UsageError(`--pid ${pid}: no process has that number`);
  return { file: `/proc/${pid}/cmdline`, text: readText(`/proc/${pid}/cmdline`) };
}

/** Why a text cannot be read, which is named once. */
function unreadWords({ file, text }: DefinitionText, { origin, message }: DefinitionError): string {
  if (text.trim() === '') return `Cannot read ${file}: it is empty, wanted a definition of a VM`;
  const why = message.startsWith(`${file} `) ? `it ${message.slice(file.length + 1)}` : message;
  return `Cannot read ${origin === null ? file : formatOrigin(origin)}: ${why}`;
}

/** What a file held, or why it could not be read. */
export type ReadFile =
  | { readonly definitions: readonly VmDefinition[]; readonly findings: readonly PlanFinding[] }
  | { readonly unread: string };

/** Reads definitions with what else the user named. */
export class DefinitionReader {
  readonly #format: FormatName | null;
  readonly #context: ReadContext;

  constructor(format: FormatName | null, related: readonly DefinitionText[]) {
    this.#format = format;
    this.#context = { related, openFile: path => openOr(path) };
  }

  /** A text that somebody else has read. */
  read(definition: DefinitionText): ReadFile {
    try {
      return readDefinitions(definition, this.#format, this.#context);
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      return { unread: unreadWords(definition, error) };
    }
  }

  /** One file. */
  readPath(path: string): ReadFile {
    try {
      return this.read({ file: path, text: readText(path) });
    } catch (error) {
      if (error instanceof UsageError) return { unread: error.message };
      throw error;
    }
  }
}

function openOr(path: string): string | null {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** A text that belongs to the definitions, if it is one that `require` takes. Throws UsageError. */
function readBeside(option: string, path: string, require: (text: DefinitionText) => void): DefinitionText {
  const read = { file: path, text: readText(path) };
  try {
    require(read);
  } catch (error) {
    if (error instanceof DefinitionError) throw new UsageError(`--${option} ${path}: ${unreadWords(read, error)}`);
    throw error;
  }
  return read;
}

/** Texts that belong to the definitions: permitted devices, networks, mappings. Throws UsageError. */
export function readRelated(options: Options): readonly DefinitionText[] {
  return [
    ...options.values('permitted').map(path => readBeside('permitted', path, requirePermitted)),
    ...options.values('related').map(path => readBeside('related', path, requireRelated)),
  ];
}

/** Of inputs that were read and hold no VM, such as a network alone: what was asked of a VM has no answer. */
export function noVm(operands: readonly string[]): UsageError {
  const [first, ...others] = operands;
  const where = first === undefined ? '' : others.length === 0 ? ` in ${first}` : ` in ${first} and ${others.length} more`;
  return new UsageError(`no VM was found${where}`);
}

/** The most names that an error lists. */
const MOST_NAMES = 8;

/** Of `--only`, where no VM has that name; `names` are those that there are. */
export function noSuchVm(wanted: string, names: readonly string[]): UsageError {
  const named = names.slice(0, MOST_NAMES).map(name => shorten(name));
  const more = names.length - named.length;
  const all = `${named.join(', ') || 'none'}${more === 0 ? '' : ` and ${more} more`}`;
  return new UsageError(`--only ${shorten(wanted)}: no VM is called so: there are ${all}`);
}
