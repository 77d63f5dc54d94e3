/** The definitions that `airlock plan` is asked about, and what it is asked with. */
import { FORMATS, type FormatName, type VmDefinition } from '../../pure/plan/definition.ts';
import type { MachinesTaken } from '../../pure/plan/judge/taken-machine.ts';
import type { PlanOptions } from '../../pure/plan/plan.ts';
import type { PlanFinding } from '../../pure/plan/plan-finding.ts';
import { isProfileName } from '../../pure/profiles/index.ts';
import { escapeText } from '../../pure/text/escape.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type Options, UsageError } from '../command.ts';
import { printError } from '../output.ts';
import { listFiles } from './definition-files.ts';
import { type DefinitionReader, findRelated, noSuchVm, type ReadFile, type ReadingOptions, readRelated } from './definitions.ts';
import { readHosts } from './hosts.ts';
import { Progress } from './progress.ts';

const formatOf = (options: Options): FormatName | null => FORMATS.find(name => name === options.value('format')) ?? null;

const WORDS = 'the command line';

/** The files that are asked about, and what they are read with. */
export interface AskedFiles {
  readonly files: readonly string[];
  readonly reading: ReadingOptions;
}

/** Throws UsageError. */
export async function askedFiles(operands: readonly string[], options: Options): Promise<AskedFiles> {
  if (options.words === null && options.value('pid') === undefined && operands.length === 0)
    throw new UsageError('airlock plan needs a definition: a file, a folder, --pid PID, or -- and a command line of QEMU');
  if (options.words?.[0]?.startsWith('-') === true)
    throw new UsageError(`behind -- stands a command line with its program, such as qemu-system-x86_64, in front of ${options.words[0]}`);
  const files = listFiles(operands);
  return {
    files,
    reading: { format: formatOf(options), related: await readRelated(options), found: findRelated(files), named: [...operands, WORDS] },
  };
}

function* readAll(reader: DefinitionReader, { files }: AskedFiles, options: Options): Generator<ReadFile> {
  const pid = options.value('pid');
  if (options.words !== null) {
    const words = options.words.map(word => `${word}\0`).join('');
    yield reader.read({ file: WORDS, text: words });
  }
  if (pid !== undefined) yield reader.readRunning(pid);
  const progress = new Progress('definitions', files.length);
  for (const path of files) {
    yield reader.readPath(path);
    progress.step();
  }
  progress.end();
}

/** What was read beside the definitions. */
export interface Aside {
  readonly findings: PlanFinding[];
  unread: number;
  /** Files of folders that are no definitions. */
  readonly skipped: string[];
  /** VMs. */
  read: number;
}

export const nothingAside = (): Aside => ({ findings: [], unread: 0, skipped: [], read: 0 });

function tellUnread(words: string, aside: Aside): void {
  if (++aside.unread <= MOST_NAMED) printError(`airlock: ${words}`);
}

function tellMoreUnread({ unread }: Aside): void {
  if (unread > MOST_NAMED) printError(`airlock: ${unread - MOST_NAMED} more could not be read`);
}

/** One line for all. Throws UsageError where there was nothing else. */
export function tellSkipped({ skipped, read, unread, findings }: Aside): void {
  if (skipped.length === 0) return;
  const more = skipped.length - MOST_NAMED;
  const names = `${skipped.slice(0, MOST_NAMED).map(escapeText).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  if (read === 0 && unread === 0 && findings.length === 0)
    throw new UsageError(`No definition of a VM was found: ${names} ${skipped.length === 1 ? 'is none' : 'are none'}`);
  printError(`airlock: note: left out, no definition of a VM: ${names}`);
}

/** The definitions one by one; what cannot be read is told, and does not stop the others. */
export function* definitionsOf(reader: DefinitionReader, asked: AskedFiles, options: Options, aside: Aside): Generator<VmDefinition> {
  const only = options.value('only');
  const others: string[] = [];
  let isFound = only === undefined;
  for (const file of readAll(reader, asked, options)) {
    if ('unread' in file) {
      tellUnread(file.unread, aside);
      continue;
    }
    if ('skipped' in file) {
      aside.skipped.push(file.skipped);
      continue;
    }
    aside.read += file.definitions.length;
    aside.findings.push(...file.findings);
    for (const definition of file.definitions) {
      if (only !== undefined && definition.name !== only) {
        others.push(definition.name);
        continue;
      }
      isFound = true;
      yield definition;
    }
  }
  tellMoreUnread(aside);
  tellSkipped(aside);
  if (!isFound) throw noSuchVm(only ?? '', others);
}

/** The most that a message names. */
export const MOST_NAMED = 8;

/** `NAME=TYPE` of each; null where there are none. Throws UsageError. */
function readTaken(words: readonly string[]): MachinesTaken | null {
  const pairs = words.map(word => {
    const [, name, type] = /^([^=]{1,80})=([^=]{1,80})$/.exec(word) ?? [];
    if (name !== undefined && type !== undefined) return [name, type] as const;
    throw new UsageError(`--machine-as takes NAME=TYPE, such as pc-q35-noble=pc-q35-8.2, and not "${shorten(word)}"`);
  });
  return pairs.length === 0 ? null : Object.fromEntries(pairs);
}

/** Throws UsageError. */
export async function planOptions(options: Options): Promise<PlanOptions> {
  const path = options.value('author');
  const [author] = path === undefined ? [] : await readHosts([path]);
  const profile = options.value('profile');
  if (profile !== undefined && !isProfileName(profile)) throw new UsageError(`--profile does not take "${shorten(profile)}"`);
  const machinesTaken = readTaken(options.values('machine-as'));
  return { ...(profile !== undefined && { profile }), ...(author !== undefined && { author }), ...(machinesTaken && { machinesTaken }) };
}
