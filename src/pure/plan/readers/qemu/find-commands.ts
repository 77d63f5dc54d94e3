/** Finds QEMU's command lines in a text: a script, a log of libvirt, a unit of systemd, a terminal's history, or the line alone. */
import type { TextPlaces } from '../../origin.ts';
import { DefinitionError } from '../reader.ts';
import { readLineWords } from './line-words.ts';
import { OPTION_NAMES } from './options.ts';
import { ShellVariables } from './shell-variables.ts';
import { readShellCommand, type ShellCommand, type ShellOptions } from './shell-words.ts';
import type { QemuWord } from './word.ts';

/** A command line of QEMU. */
export interface FoundCommand {
  /** null for options without the program. */
  readonly program: string | null;
  readonly words: readonly QemuWord[];
  readonly start: number;
  readonly end: number;
}

/** A program that is QEMU, perhaps in the wrapping of a distribution: `.qemu-system-x86_64-wrapped`. */
const PROGRAM = /^\.?(?:qemu-system-[a-z0-9_]+(?:-[a-z0-9_]+)*|qemu-kvm|kvm)$/;
/** The same where it stands as a word of a line; what precedes it may be a path, a quote, or a key as systemd has it. */
const PROGRAM_IN_LINE = /(?:^|[\s/'"=@!-])\.?(?:qemu-system-[a-z0-9_-]{1,64}|qemu-kvm|kvm)(?=['"\s]|\\\s|$)/gm;
/** Programs that run what stands behind them, and words of the shell that a command stands behind. */
const RUNNERS = new Set(
  'chrt do doas else env exec if ionice nice nohup numactl prlimit setsid sudo systemd-run taskset then time while'.split(' '),
);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z_0-9]*=/;
/** A key of a unit of systemd, whose marks before the program say how it is run. */
const EXEC_KEY = /^Exec[A-Za-z]*=[-@:+!]*/;

/** How far a program's name is looked for at the beginning of a command, and that it is one of QEMU behind assignments and runners. */
const MOST_PROGRAM = 4096;
const BEGINS_WITH_PROGRAM =
  /^\s*(?:(?:[A-Za-z_]\w*=\S*|[a-z-]+|\\)\s+){0,8}['"]?(?:[^\s'"]*\/)?\.?(?:qemu-system-[a-z0-9_-]+|qemu-kvm|kvm)['"]?\s/;

/** The last part of a path. */
const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export function isQemuProgram(path: string): boolean {
  return path.length <= MOST_PROGRAM && PROGRAM.test(basename(path));
}

/** Whether a text begins with an option of QEMU, so that it holds options alone. */
export function beginsWithOption(text: string): boolean {
  const name = /^(?:\s|#[^\n]*\n)*--?([A-Za-z][-A-Za-z0-9_]*)(?=\s|$)/.exec(text.slice(0, 4096))?.[1];
  return name !== undefined && OPTION_NAMES.includes(name);
}

/** All commands in a text. @throws DefinitionError where a quote of such a command is not closed */
export function* findCommands(text: string, places: TextPlaces): Generator<FoundCommand> {
  const options = {
    text,
    places,
    joinLines: beginsWithOption(text),
    seen: { hasOpenSubstitution: false },
    variables: new ShellVariables(text, places),
  };
  if (options.joinLines) {
    const first = text.search(/\S/);
    const { words, end } = readLineWords(text, first, places, isQemuProgram) ?? readShellCommand(options, 0);
    yield { program: null, words, start: 0, end };
    return;
  }
  const pattern = new RegExp(PROGRAM_IN_LINE);
  let done = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const start = Math.max(done, lineOfCommand(text, found.index + (text[found.index] === '\n' ? 1 : 0), done));
    const { command, end } = commandOfLine(options, start);
    if (command !== null) yield command;
    done = Math.max(end, found.index + 1);
    pattern.lastIndex = Math.max(pattern.lastIndex, done);
  }
}

/** The first command of QEMU among those of the line at `start`; null where QEMU's name only stands in another's words. */
function commandOfLine(options: ShellOptions, start: number): { command: FoundCommand | null; end: number } {
  const { text } = options;
  const lineEnd = text.indexOf('\n', start) < 0 ? text.length : text.indexOf('\n', start) + 1;
  if (text[start] === '#') return { command: null, end: lineEnd };
  for (let at = start; at < text.length; ) {
    const found = readLeniently(options, at);
    if (found === null) return { command: null, end: Math.max(at, lineEnd) };
    const { words, end } = found;
    const program = programIndex(words);
    if (program >= 0) {
      const path = words[program]?.text.replace(EXEC_KEY, '') ?? '';
      const isAlone = program === words.length - 1 && text[end - 1] === '\n';
      const lines = isAlone ? readLineWords(text, end, options.places, isQemuProgram) : null;
      if (lines !== null) return { command: { program: path, words: lines.words, start: at, end: lines.end }, end: lines.end };
      return { command: { program: path, words: words.slice(program + 1), start: at, end }, end };
    }
    if (end <= at || text[end - 1] === '\n') return { command: null, end: Math.max(end, at + 1) };
    at = end;
  }
  return { command: null, end: text.length };
}

/** The command at `start`; null where a quote is open that is no command's of QEMU: an apostrophe in a log, for one. */
function readLeniently(options: ShellOptions, start: number): ShellCommand | null {
  try {
    return readShellCommand(options, start);
  } catch (error) {
    const line = options.text.slice(start, start + MOST_PROGRAM);
    if (error instanceof DefinitionError && !BEGINS_WITH_PROGRAM.test(line)) return null;
    throw error;
  }
}

/** Whether a program is one that ps lists: behind the number of its process, and right behind that or the time that it took, with options. */
function isOfPs(words: readonly QemuWord[], program: number): boolean {
  const hasNumber = words.slice(0, Math.min(2, program)).some(({ text }) => /^\d{1,10}$/.test(text));
  return hasNumber && /^\d[\d:.-]*$/.test(words[program - 1]?.text ?? '') && words[program + 1]?.text.startsWith('-') === true;
}

/** Which of a command's words is the program, behind assignments and what runs it; -1 where it is not QEMU. */
export function programIndex(words: readonly QemuWord[]): number {
  const first = words.findIndex(({ text }) => !ASSIGNMENT.test(text) || EXEC_KEY.test(text));
  const text = words[first]?.text.replace(EXEC_KEY, '') ?? '';
  if (isQemuProgram(text)) return first;
  const listed = words.findIndex((word, index) => isQemuProgram(word.text) && isOfPs(words, index));
  if (listed >= 0) return listed;
  return RUNNERS.has(basename(text)) ? words.findIndex((word, index) => index > first && isQemuProgram(word.text)) : -1;
}

/** Where the command begins that the character at `index` is in: lines that end with a backslash belong to the next. */
function lineOfCommand(text: string, index: number, least: number): number {
  let start = text.lastIndexOf('\n', index - 1) + 1;
  while (start > 1 && start > least) {
    const before = text[start - 2] === '\r' ? start - 3 : start - 2;
    if (text[before] !== '\\') break;
    start = text.lastIndexOf('\n', start - 2) + 1;
  }
  return start;
}
