/** The reader of QEMU's command lines, and of files for its -readconfig; readers of formats that hold such words use its parts. */
import type { DefinedVmm, VmDefinition } from '../../definition.ts';
import { TextPlaces } from '../../origin.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import { DefinitionError, type DefinitionText, type ReadContext, type Reader, type Reading } from '../reader.ts';
import { QemuCommand, type QemuParts } from './command.ts';
import { isConfigFile } from './config-file.ts';
import { findCommands, isQemuProgram, programIndex } from './find-commands.ts';
import { repeat } from './findings.ts';
import { readQemuWords } from './read-words.ts';
import { judgeShell, type ShellVerdict } from './shell-findings.ts';
import { MOST_WORDS } from './shell-words.ts';
import { nulSeparatedWords, type QemuWord } from './word.ts';
import { isWordList, listedWords } from './word-list.ts';

export type { QemuParts } from './command.ts';
export { escapeCommas } from './key-values.ts';
export { type QemuWordsOptions, readQemuWords } from './read-words.ts';
export { looseWords, plainWord, type QemuWord } from './word.ts';

/** QEMU's command lines. */
export const qemuReader: Reader = {
  name: 'qemu',
  summary: 'QEMU command line, or a file for -readconfig',
  matches: text => isNulSeparated(text) || isWordList(text) || isConfigFile(text) || hasCommand(text),
  read: readQemu,
};

/** A program and its words as a definition. `words` begin with the program where `hasProgram`. */
export function qemuDefinition(words: readonly QemuWord[], file: string, context: ReadContext): VmDefinition {
  const [first] = words;
  const hasProgram = first !== undefined && !first.text.startsWith('-') && isQemuProgram(first.text);
  const parts = readQemuWords(hasProgram ? words.slice(1) : words, { context });
  return makeDefinition(parts, { file, line: first?.origin(0, 0).line ?? null, program: hasProgram ? first.text : null });
}

/** Words that are looked at for the program behind what runs it, such as sudo with its options. */
const MOST_RUNNERS = 40;

/** More VMs than a text of any length should give. */
const MOST_COMMANDS = 10_000;

function readQemu({ file, text }: DefinitionText, context: ReadContext): Reading {
  if (isNulSeparated(text)) {
    const words = nulSeparatedWords(text, file, MOST_WORDS);
    if (words.length > MOST_WORDS) throw new DefinitionError(`A command has more than ${MOST_WORDS} words`);
    const at = Math.max(0, programIndex(words));
    const program = words[at];
    const parts = readQemuWords(words.slice(at + 1), { context });
    return { definitions: [makeDefinition(parts, { file, line: null, program: program?.text ?? null })], findings: [] };
  }
  if (isWordList(text)) return { definitions: [qemuDefinition(listedWords({ file, text }), file, context)], findings: [] };
  if (isConfigFile(text)) {
    const command = new QemuCommand(context);
    command.config(file, text);
    return { definitions: [makeDefinition(command.parts(), { file, line: 1, program: null })], findings: [] };
  }
  return readCommands({ file, text }, context);
}

function readCommands({ file, text }: DefinitionText, context: ReadContext): Reading {
  const places = new TextPlaces(file, text);
  const definitions: VmDefinition[] = [];
  for (const { program, words, start, end } of findCommands(text, places)) {
    const parts = readQemuWords(words, { context });
    const shell = judgeShell(words, text, end, places);
    const findings = [...parts.findings.filter(finding => !isOfPlaceholder(finding, shell, text)), ...shell.findings];
    const { line } = places.at(start + (/\S/.exec(text.slice(start, end))?.index ?? 0), end);
    const made = makeDefinition({ ...parts, isPartial: parts.isPartial || shell.isPartial, findings }, { file, line, program });
    definitions.push(shell.placeholders.length === 0 ? made : { ...made, placeholders: shell.placeholders });
    if (definitions.length >= MOST_COMMANDS) break;
  }
  if (definitions.length === 0)
    throw new DefinitionError(`${file} holds no command line of QEMU: wanted qemu-system-ARCH with its options`);
  const last = new Map(definitions.map(each => [each.name, each]));
  return { definitions: definitions.map(each => withLaterStart(each, last.get(each.name) ?? each)), findings: [] };
}

/** A log has every start of a VM: of an older one is told which came behind. */
function withLaterStart(definition: VmDefinition, last: VmDefinition): VmDefinition {
  const { name, source, findings } = definition;
  if (last === definition) return definition;
  const message = `${last.source.file}:${last.source.line} starts ${repeat(name)} again, behind this: of a log, that is how it runs`;
  const origin = { file: source.file, line: source.line, column: null, span: null };
  return { ...definition, findings: [...findings, { severity: 'note', code: 'qemu.command.again', message, origin }] };
}

/** What QEMU says of a name that is not there, which words that are not known may bring. */
const ABSENCES: ReadonlySet<string> = new Set(['qemu.set.absent']);

/** Whether an error is of words that the shell puts there, so that QEMU may say nothing of the kind. */
function isOfPlaceholder(
  { severity, code, message, origin }: PlanFinding,
  { placeholders, isPartial }: ShellVerdict,
  text: string,
): boolean {
  if (severity !== 'error') return false;
  const at = origin?.span == null ? '' : text.slice(origin.span.start, origin.span.end);
  return (isPartial && ABSENCES.has(code)) || placeholders.some(each => message.includes(each) || at.includes(each));
}

interface Made {
  readonly file: string;
  readonly line: number | null;
  readonly program: string | null;
}

function makeDefinition(parts: QemuParts, { file, line, program }: Made): VmDefinition {
  const vmm: DefinedVmm = { family: 'qemu', architecture: architectureOf(program), program };
  const { isPartial, ...known } = parts;
  return {
    ...known,
    ...(isPartial ? { isPartial } : {}),
    name: parts.name ?? nameOfFile(file, line),
    source: { format: 'qemu', file, line },
    vmm,
  };
}

/** The architecture in a program's name; Debian's spellings are those of its packages. */
function architectureOf(program: string | null): string | null {
  const name = /qemu-system-([a-z0-9_]+)(?:-[a-z0-9_-]*)?$/.exec(program?.slice(-100) ?? '')?.[1];
  if (name === undefined) return null;
  return { amd64: 'x86_64', arm64: 'aarch64' }[name] ?? name;
}

function nameOfFile(file: string, line: number | null): string {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]{1,16}$/, '');
  return line === null || line === 1 ? name : `${name}:${line}`;
}

function isNulSeparated(text: string): boolean {
  const end = text.indexOf('\0');
  if (end <= 0) return false;
  return isQemuProgram(text.slice(0, end)) || programIndex(nulSeparatedWords(text, '', MOST_RUNNERS)) >= 0;
}

/** XML and JSON name the program too, but run nothing. */
function hasCommand(text: string): boolean {
  if (/^\s*(?:[<{]|\[\s*["[{])/.test(text)) return false;
  try {
    return !findCommands(text, new TextPlaces('', text)).next().done;
  } catch (error) {
    // A quote of QEMU's own words is open: this is such a text, and reading it says so.
    if (error instanceof DefinitionError) return true;
    throw error;
  }
}
