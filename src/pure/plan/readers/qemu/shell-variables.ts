/** Variables that a script sets plainly before a command of QEMU, so that the words are known in whose place a shell puts them. */
import type { TextPlaces } from '../../origin.ts';
import { DefinitionError } from '../reader.ts';
import { ShellWord } from './shell-word.ts';
import { readShellCommand, type ShellCommand, type ShellOptions } from './shell-words.ts';

/** A variable's value; of an array its words. */
export interface ShellVariable {
  readonly isArray: boolean;
  readonly words: readonly ShellWord[];
}

const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?=)/;
const ARRAY = /^([A-Za-z_]\w*)(\+?=)$/;
const NAME = /^([A-Za-z_]\w*)(?![^=[+-])/;
/** Words that a command stands behind, on its line. */
const BEFORE = new Set(['then', 'do', 'else', 'elif', '!', 'export', 'readonly', 'declare', 'typeset', 'local']);
const OPENS = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{']);
const CLOSES = new Set(['fi', 'done', 'esac', '}']);
/** Commands that set the variables which they name. */
const SETS = new Set(['for', 'getopts', 'let', 'mapfile', 'printf', 'read', 'readarray', 'select', 'unset']);
/** Commands that may set any. */
const SETS_ANY = new Set(['.', 'eval', 'source']);
const HERE_DOCUMENT = /<<-?[ \t]*(["'\\]?)([A-Za-z_]\w*)\1/;

/** Reads a text up to the command that is asked about, once. */
export class ShellVariables {
  readonly #options: ShellOptions;
  readonly #known = new Map<string, ShellVariable>();
  #at = 0;
  /** How many compound commands are open, and how many brackets. */
  #depth = 0;
  #brackets = 0;
  /** What ended the command before: behind && or || one may not run. */
  #before = '\n';

  constructor(text: string, places: TextPlaces) {
    this.#options = { text, places, joinLines: false, seen: { hasOpenSubstitution: false }, variables: this };
  }

  /** That of a name at `index` of the text; undefined for one that is set in no plain way. */
  find(name: string, index: number): ShellVariable | undefined {
    // While the text before a command is read, its own words ask.
    if (index > this.#at) this.#readTo(index);
    const found = this.#known.get(name);
    if (found === undefined || !this.#isInside) return found;
    // A function may run when what stands behind it has run.
    return new RegExp(`(?:^|[\\s;&|])${name}\\+?=`).test(this.#options.text.slice(index)) ? undefined : found;
  }

  get #isInside(): boolean {
    return this.#depth > 0 || this.#brackets > 0;
  }

  #readTo(index: number): void {
    const { text } = this.#options;
    while (this.#at < index) {
      const start = this.#at;
      const command = this.#read(start, this.#options);
      // The command that is asked about is not over.
      if (command !== null && command.end > index) return;
      this.#at = command?.end ?? this.#lineEnd(start);
      if (command !== null) this.#take(command, start);
      this.#before = text[this.#at - 1] ?? '\n';
    }
  }

  /** null where a quote is open, as in a text that is no script's: nothing that stood before is sure then. */
  #read(start: number, options: ShellOptions): ShellCommand | null {
    // What is read here asks for what is known so far.
    this.#at = options.text.length;
    try {
      return readShellCommand(options, start);
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      this.#known.clear();
      return null;
    } finally {
      this.#at = start;
    }
  }

  #lineEnd(start: number): number {
    const end = this.#options.text.indexOf('\n', start);
    return end < 0 ? this.#options.text.length : end + 1;
  }

  #take({ words, end }: ShellCommand, start: number): void {
    const { text } = this.#options;
    const ended = text[end - 1];
    const isConditional = this.#before === '&' || this.#before === '|';
    this.#skipHereDocument(text.slice(start, end));
    const [first] = words;
    const array = ended === '(' && words.length === 1 ? ARRAY.exec(first?.text ?? '') : null;
    if (array !== null) {
      this.#takeArray(array[1] ?? '', array[2] === '+=', isConditional);
      return;
    }
    if (first !== undefined) this.#takeWords(words, isConditional || ended === '|');
    if (ended === '(') this.#brackets += 1;
    else if (ended === ')') this.#brackets = Math.max(0, this.#brackets - 1);
  }

  #takeWords(words: readonly ShellWord[], isConditional: boolean): void {
    const begin = words.findIndex(({ text }) => !BEFORE.has(text) && !/^-[a-zA-Z]+$/.test(text));
    const own = begin < 0 ? [] : words.slice(begin);
    const command = own[0]?.text ?? '';
    if (OPENS.has(command)) this.#depth += 1;
    if (CLOSES.has(command)) this.#depth = Math.max(0, this.#depth - 1);
    if (SETS_ANY.has(command)) this.#known.clear();
    if (SETS.has(command)) for (const { text } of own) this.#known.delete(NAME.exec(text)?.[1] ?? '');
    const isPlain = own.every(({ text }) => ASSIGNMENT.test(text)) && !isConditional && !this.#isInside;
    for (const word of own) {
      const [all = '', name = '', sign] = ASSIGNMENT.exec(word.text) ?? [];
      if (name === '') continue;
      const value = ShellWord.of(this.#options.places, [[word, all.length, word.text.length]]);
      const before = this.#known.get(name);
      if (!isPlain || (sign === '+=' && before === undefined) || before?.isArray === true) this.#known.delete(name);
      else this.#known.set(name, { isArray: false, words: [sign === '+=' ? this.#joined(before?.words[0], value) : value] });
    }
  }

  #joined(before: ShellWord | undefined, value: ShellWord): ShellWord {
    const parts = [before, value].flatMap(word => (word === undefined ? [] : [[word, 0, word.text.length] as const]));
    return ShellWord.of(this.#options.places, parts);
  }

  #takeArray(name: string, isMore: boolean, isConditional: boolean): void {
    const start = this.#at;
    const list = this.#read(start, { ...this.#options, joinLines: true });
    this.#at = list?.end ?? this.#lineEnd(start);
    if (list === null) return;
    const before = this.#known.get(name);
    const isPlain = !isConditional && !this.#isInside && this.#options.text[list.end - 1] === ')';
    if (!isPlain || (isMore && before?.isArray !== true)) this.#known.delete(name);
    else this.#known.set(name, { isArray: true, words: [...(isMore ? (before?.words ?? []) : []), ...list.words] });
  }

  #skipHereDocument(command: string): void {
    const tag = HERE_DOCUMENT.exec(command)?.[2];
    if (tag === undefined) return;
    const { text } = this.#options;
    while (this.#at < text.length) {
      const end = this.#lineEnd(this.#at);
      const line = text.slice(this.#at, end).trim();
      this.#at = end;
      if (line === tag) return;
    }
  }
}
