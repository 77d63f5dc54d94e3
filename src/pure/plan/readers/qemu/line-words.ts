/** Words of a command line that stand one a line, as `tr '\0' '\n' < /proc/PID/cmdline` prints those of a running program. */
import type { TextPlaces } from '../../origin.ts';
import { DefinitionError } from '../reader.ts';
import { optionArity } from './options.ts';
import { MOST_WORDS } from './shell-words.ts';
import { plainWord, type QemuWord } from './word.ts';

/** Words, and the index behind the last of their lines. */
export interface LineWords {
  readonly words: readonly QemuWord[];
  readonly end: number;
}

/** What only a shell's text has: a line that goes on, quotes around a word; and where an option may stand, a comment, or two words on its line. */
const OF_SHELL = /\\$|^\s*(['"]).*\1$/;
const OF_SHELL_BETWEEN = /^\s*(?:#|--?[A-Za-z][\w-]*[ \t]+\S)/;
const OPTION = /^--?[A-Za-z][\w-]*$/;

interface Line {
  readonly start: number;
  /** Without its line end. */
  readonly text: string;
  readonly next: number;
}

function lineAt(text: string, start: number): Line {
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? text.length : end);
  return { start, text: line.endsWith('\r') ? line.slice(0, -1) : line, next: end < 0 ? text.length : end + 1 };
}

const takesNext = (word: string): boolean => /^--?[A-Za-z]/.test(word) && optionArity(word.replace(/^--?/, '')) === 'argument';

/**
 * The words on the lines from `start`, each as it stands; null where the lines are a shell's. `isProgram` says where the next command
 * begins. An empty line is a word only where an option waits for one.
 *
 * @throws DefinitionError for more words than any command has
 */
export function readLineWords(text: string, start: number, places: TextPlaces, isProgram: (line: string) => boolean): LineWords | null {
  if (!OPTION.test(lineAt(text, start).text)) return null;
  const words: QemuWord[] = [];
  let isAwaited = false;
  let at = start;
  while (at < text.length) {
    const line = lineAt(text, at);
    if (!isAwaited && isProgram(line.text)) break;
    if (OF_SHELL.test(line.text) || (!isAwaited && OF_SHELL_BETWEEN.test(line.text))) return null;
    if (isAwaited || line.text !== '') words.push(plainWord(line.text, places.at(line.start, line.start + line.text.length)));
    if (words.length > MOST_WORDS) throw new DefinitionError(`A command has more than ${MOST_WORDS} words`, places.at(at, at));
    isAwaited = !isAwaited && takesNext(line.text);
    at = line.next;
  }
  return { words, end: at };
}
