/** The definitions that a user names: files, folders of them, standard input, words behind `--`, a running program. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FormatName, VmDefinition } from '../../pure/plan/definition.ts';
import { formatOrigin } from '../../pure/plan/origin.ts';
import type { PlanFinding } from '../../pure/plan/plan-finding.ts';
import { readDefinitions } from '../../pure/plan/readers/index.ts';
import { mayBeRelated } from '../../pure/plan/readers/may-be-related.ts';
import { DefinitionError, type DefinitionText, type ReadContext } from '../../pure/plan/readers/reader.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { refusalWords } from '../../service/system-words.ts';
import { type Options, UsageError } from '../command.ts';

/** A file that is larger is no definition of a VM. */
const MOST_BYTES = 32 * 2 ** 20;

/** Bytes of a file as text: UTF-8, or UTF-16 where it says so by its mark, as editors of Windows save it; the mark is no part of it. */
export function decodeText(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes);
}

/** Whether bytes are those of gzip (RFC 1952 §2.3.1). */
export const isPacked = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** What stands in a file that gzip made, as logs of libvirt are kept; the bytes themselves of any other. Throws UsageError. */
function unpacked(bytes: Uint8Array, path: string): Uint8Array {
  if (!isPacked(bytes)) return bytes;
  try {
    // Loaded here, since few definitions are compressed.
    return process.getBuiltinModule('node:zlib').gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    const why = isLarge ? `unpacked it has more bytes than a definition has at most: ${MOST_BYTES}` : 'it is not valid gzip';
    throw new UsageError(`Cannot read ${path === '-' ? 'standard input' : path}: ${why}`);
  }
}

/** The content of a file, as text. Throws UsageError. */
export function readText(path: string): string {
  try {
    const stat = path === '-' ? null : statSync(path);
    if (stat?.isFile() && stat.size > MOST_BYTES) {
      throw new UsageError(`Cannot read ${path}: it has ${stat.size} bytes, a definition has at most ${MOST_BYTES}`);
    }
    return decodeText(unpacked(readFileSync(path === '-' ? 0 : path), path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${path === '-' ? 'standard input' : path}: ${refusalWords(error)}`);
  }
}

/** The words of a running program, as /proc/PID/cmdline has them. Throws UsageError. */
function runningWords(pid: string): DefinitionText {
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

/** What a file held, why it could not be read, or that a folder's file is no definition of a VM. */
export type ReadFile =
  | { readonly definitions: readonly VmDefinition[]; readonly findings: readonly PlanFinding[] }
  | { readonly unread: string }
  | { readonly skipped: string };

/** What files are read with, as plain values. */
export interface ReadingOptions {
  /** null to choose by content. */
  readonly format: FormatName | null;
  /** What the user named besides. */
  readonly related: readonly DefinitionText[];
  /** Files among the definitions' that others refer to. */
  readonly found: readonly DefinitionText[];
  /** The operands: of a folder's files those that are no definition are left out, one that is named must be one. */
  readonly named: readonly string[];
}

/** Reads definitions with what else the user named. */
export class DefinitionReader {
  readonly #options: ReadingOptions;
  readonly #named: Set<string>;
  readonly #contexts = new Map<string, ReadContext>();

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#named = new Set(options.named);
  }

  /** A text that somebody else has read. */
  read(definition: DefinitionText): ReadFile {
    try {
      return readDefinitions(definition, this.#options.format, this.#contextOf(definition.file));
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      const isNone = error.isOfNone || definition.text.trim() === '';
      if (isNone && this.#isOfFolder(definition.file)) return { skipped: definition.file };
      return { unread: unreadWords(definition, error) };
    }
  }

  /** One file. */
  readPath(path: string): ReadFile {
    try {
      const isLarge = this.#isOfFolder(path) && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES;
      return isLarge ? { skipped: path } : this.read({ file: path, text: readText(path) });
    } catch (error) {
      if (error instanceof UsageError) return { unread: error.message };
      throw error;
    }
  }

  /** The words of a running program. Throws UsageError. */
  readRunning(pid: string): ReadFile {
    const definition = runningWords(pid);
    this.#named.add(definition.file);
    return this.read(definition);
  }

  #isOfFolder(path: string): boolean {
    return this.#named.size > 0 && !this.#named.has(path);
  }

  /** Of two files with a network of one name that is read last which is nearest, and the user's own behind both. */
  #contextOf(file: string): ReadContext {
    const { related, found } = this.#options;
    const isFound = found.some(each => each.file === file);
    const key = isFound ? file : dirname(file);
    const before = this.#contexts.get(key);
    if (before !== undefined) return before;
    const others = found.filter(each => each.file !== file);
    const near = others.toSorted((a, b) => commonFolders(a.file, file) - commonFolders(b.file, file));
    const context = { related: [...near, ...related], openFile: openOr };
    this.#contexts.set(key, context);
    return context;
  }
}

/** How many folders two paths begin with alike. */
function commonFolders(a: string, b: string): number {
  const [one, other] = [dirname(a).split('/'), dirname(b).split('/')];
  const differs = one.findIndex((part, i) => part !== other[i]);
  return differs < 0 ? one.length : differs;
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

/** More of a file is not read to see whether others refer to it. */
const MOST_RELATED = 2 ** 20;

/** Those of several files that others may refer to: networks, mappings, objects of KubeVirt. What cannot be read is told where it is read. */
export function findRelated(files: readonly string[]): readonly DefinitionText[] {
  if (files.length < 2) return [];
  return files.flatMap(file => {
    const stat = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    const text = stat?.isFile() && stat.size <= MOST_RELATED ? openOr(file) : null;
    return text !== null && mayBeRelated(text) ? [{ file, text }] : [];
  });
}

/** Texts that belong to the definitions: permitted devices, networks, mappings. Throws UsageError. */
export async function readRelated(options: Options): Promise<readonly DefinitionText[]> {
  const [permitted, related] = [options.values('permitted'), options.values('related')];
  if (permitted.length === 0 && related.length === 0) return [];
  const { requirePermitted, requireRelated } = await import('../../pure/plan/readers/related.ts');
  return [
    ...permitted.map(path => readBeside('permitted', path, requirePermitted)),
    ...related.map(path => readBeside('related', path, requireRelated)),
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
