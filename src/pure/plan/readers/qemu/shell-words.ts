/** Splits a command into words as a shell does (POSIX.1-2017, Shell Command Language §2.2, §2.3), but expands nothing. */
import type { TextPlaces } from '../../origin.ts';
import { DefinitionError } from '../reader.ts';
import { ShellWord, UNQUOTED } from './shell-word.ts';

/** More words than any command line has: Linux takes 2 MiB of them by default. */
export const MOST_WORDS = 100_000;

/** A command that was read. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** The index behind it, its line end or separator included. */
  readonly end: number;
}

export interface ShellOptions {
  readonly text: string;
  readonly places: TextPlaces;
  /** Whether a line end is a blank, as in a file that holds nothing but options. */
  readonly joinLines: boolean;
  /** What was seen of the text: whether a `$(` is open to its end, so that none is looked for again. */
  readonly seen: { hasOpenSubstitution: boolean };
  /** Where the text sets variables; left out where it is no script. */
  readonly variables?: VariableSource;
}

/** What a text sets. */
export interface VariableSource {
  /** What a name stands for at `index` of the text; undefined where that is not known. */
  find(name: string, index: number): { readonly isArray: boolean; readonly words: readonly ShellWord[] } | undefined;
}

/** Characters that end a word when they are not quoted; those but blanks end the command. */
const ENDS_WORD = /[\s;&|()<>]/;
/** What stands as it is outside of quotes. */
const PLAIN = /[^\s;&|()<>'"\\$`]+/y;
const PLAIN_IN_QUOTES = /[^"\\$`]+/y;
/** A redirection: `>file`, `2>&1`, `</dev/null`, behind the digits. */
const REDIRECTION = /(?:&>>?|[<>]{1,2}[&|]?)[ \t]*/y;
const COMMENT = /#[^\n]*/y;
/** JSON that stands bare, as ps prints a program's words: a shell would take its quotes away, so nobody writes it for one. */
const BARE_JSON = /\{"[^\s]*/y;
const EXPANSION = /\$(?:[A-Za-z_][A-Za-z_0-9]*|[0-9@*#?$!-])|\$\{[^}$]*\}|`[^`]*`/y;

/** A variable alone, and all of an array alone: what becomes words of their own. */
const ALONE = /(?:\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(\[@\])?\}|("\$\{([A-Za-z_]\w*)\[@\]\}"))(?=[\s;&|()<>]|$)/y;
const NAMED = /^\$\{?([A-Za-z_]\w*)\}?$/;

/** Reads the command that begins at `start`. @throws DefinitionError where a quote is not closed */
export function readShellCommand(options: ShellOptions, start: number): ShellCommand {
  return new CommandScanner(options, start).read();
}

class CommandScanner {
  readonly #text: string;
  readonly #places: TextPlaces;
  readonly #joinLines: boolean;
  readonly #words: ShellWord[] = [];
  #at: number;
  #quotes = UNQUOTED;
  readonly #seen: ShellOptions['seen'];
  readonly #variables: VariableSource | undefined;

  constructor({ text, places, joinLines, seen, variables }: ShellOptions, start: number) {
    this.#seen = seen;
    this.#variables = variables;
    this.#text = text;
    this.#places = places;
    this.#joinLines = joinLines;
    this.#at = start;
  }

  read(): ShellCommand {
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text[this.#at] ?? '';
      const continued = this.#continuation();
      if (continued > 0) this.#at += continued;
      else if (character === '\n' && !this.#joinLines) {
        this.#at += 1;
        break;
      } else if (/\s/.test(character)) this.#at += 1;
      else if (character === '#') this.#match(COMMENT);
      else if (this.#match(REDIRECTION) !== null) this.#word();
      else if (ENDS_WORD.test(character)) {
        this.#at += 1;
        break;
      } else if (!this.#alone()) this.#keep(this.#word());
    }
    return { words: this.#words, end: this.#at };
  }

  /** Whether a variable stands here alone that is known: its words are taken, as a shell splits them. */
  #alone(): boolean {
    if (this.#variables === undefined || !/["$]/.test(this.#text[this.#at] ?? '')) return false;
    ALONE.lastIndex = this.#at;
    const found = ALONE.exec(this.#text);
    const name = found?.[1] ?? found?.[2] ?? found?.[5];
    const variable = name === undefined ? undefined : this.#variables.find(name, this.#at);
    if (found === null || variable === undefined) return false;
    const isAll = found[3] !== undefined || found[4] !== undefined;
    if (variable.isArray !== isAll) return false;
    this.#at += found[0].length;
    for (const word of variable.words) {
      if (found[4] !== undefined) this.#keep(word);
      else
        for (const { index, 0: part } of word.text.matchAll(/\S+/g))
          this.#keep(ShellWord.of(this.#places, [[word, index, index + part.length]]));
    }
    return true;
  }

  /** A word of digits right before a redirection is the descriptor's number. */
  #keep(word: ShellWord): void {
    if (/^[0-9]$/.test(word.text) && /[<>]/.test(this.#text[this.#at] ?? '')) return;
    this.#words.push(word);
    if (this.#words.length > MOST_WORDS) throw new DefinitionError(`A command has more than ${MOST_WORDS} words`, word.origin(0, 0));
  }

  #word(): ShellWord {
    const word = new ShellWord(this.#places, this.#at);
    const json = this.#match(BARE_JSON);
    if (json !== null) word.add(json, this.#at - json.length, UNQUOTED);
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      const plain = this.#match(PLAIN);
      if (plain !== null) word.add(plain, this.#at - plain.length, UNQUOTED);
      else if (character === "'") this.#single(word);
      else if (character === '"') this.#double(word);
      else if (character === '\\') this.#escaped(word);
      else if (character === '$' || character === '`') this.#expansion(word, UNQUOTED);
      else break;
    }
    return word;
  }

  #single(word: ShellWord): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#open("'");
    this.#quotes += 1;
    word.add(this.#text.slice(this.#at + 1, end), this.#at + 1, this.#quotes);
    this.#at = end + 1;
  }

  #double(word: ShellWord): void {
    const start = this.#at;
    this.#quotes += 1;
    const quote = this.#quotes;
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#open('"', start);
      if (character === '"') break;
      const plain = this.#match(PLAIN_IN_QUOTES);
      if (plain !== null) word.add(plain, this.#at - plain.length, quote);
      else if (character !== '\\') this.#expansion(word, quote);
      else if (this.#continuation() > 0) this.#at += this.#continuation();
      else {
        // Within double quotes a backslash is one but before these (§2.2.3).
        const isEscape = /["\\$`]/.test(this.#text[this.#at + 1] ?? '');
        const width = isEscape ? 2 : 1;
        word.add(this.#text.slice(this.#at + width - 1, this.#at + width), this.#at, quote, this.#at + width);
        this.#at += width;
      }
    }
    word.add('', this.#at, quote);
    this.#at += 1;
  }

  #escaped(word: ShellWord): void {
    const continued = this.#continuation();
    if (continued > 0) {
      this.#at += continued;
      return;
    }
    const end = Math.min(this.#at + 2, this.#text.length);
    word.add(this.#text.slice(this.#at + 1, end), this.#at, UNQUOTED, end);
    this.#at = end;
  }

  /** What a shell would put something in place of stays as it is written. */
  #expansion(word: ShellWord, quote: number): void {
    const start = this.#at;
    const written = this.#match(EXPANSION);
    const name = NAMED.exec(written ?? '')?.[1];
    const variable = name === undefined ? undefined : this.#variables?.find(name, start);
    const [value] = variable?.words ?? [];
    // Without quotes, blanks would make several words of it.
    if (value !== undefined && variable?.isArray === false && (quote !== UNQUOTED || !/\s/.test(value.text))) {
      word.addFrom(value, 0, value.text.length);
      return;
    }
    if (written !== null || this.#substitution()) word.expansions.push(this.#text.slice(start, this.#at));
    else this.#at += 1;
    word.add(this.#text.slice(start, this.#at), start, quote);
  }

  /** `$(…)`, with what is nested in it. */
  #substitution(): boolean {
    if (this.#seen.hasOpenSubstitution || !this.#text.startsWith('$(', this.#at)) return false;
    let depth = 0;
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      if (this.#text[at] === '(') depth += 1;
      else if (this.#text[at] === ')') depth -= 1;
      if (depth > 0) continue;
      this.#at = at + 1;
      return true;
    }
    this.#seen.hasOpenSubstitution = true;
    return false;
  }

  /** The characters of a backslash with the line end behind it; 0 where there is none. */
  #continuation(): number {
    if (this.#text[this.#at] !== '\\') return 0;
    if (this.#text[this.#at + 1] === '\n') return 2;
    return this.#text.startsWith('\r\n', this.#at + 1) ? 3 : 0;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }

  #open(quote: string, at = this.#at): DefinitionError {
    return new DefinitionError(`A quote is not closed: ${quote}`, this.#places.at(at, at + 1));
  }
}
