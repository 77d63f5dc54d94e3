/**
 * An object of JSON as an argument: RFC 8259 with strings in single quotes too, each value with its place, and QEMU's words for mistakes.
 * Values below the first level are kept as text.
 */
import type { DefinedValue, JsonKind } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { Findings, repeat } from './findings.ts';
import type { QemuWord } from './word.ts';

/** What QEMU says of JSON that it cannot read, and where. */
export class JsonArgumentError extends Error {
  override readonly name = 'JsonArgumentError';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Brackets within brackets that QEMU takes. */
const MOST_NESTED = 1024;

/** The members of the object that `word` is, in order. @throws JsonArgumentError */
export function parseJsonArgument(word: QemuWord, findings: Findings): DefinedValue[] {
  return new JsonScanner(word, findings).argument();
}

/** A member's own member, for an object such as the address of a socket; null where it is none, or no string. */
export function stringMember(objectText: string, name: string): string | null {
  const found = objectMembers(objectText).findLast(member => member.name === name);
  return found?.json === 'string' ? found.value : null;
}

/** The members of an object that a value is, in order; none where it cannot be read. */
export function objectMembers(objectText: string): readonly DefinedValue[] {
  const origin = { file: '', line: null, column: null, span: null };
  try {
    return new JsonScanner({ text: objectText, origin: () => origin }, new Findings()).argument();
  } catch (error) {
    if (error instanceof JsonArgumentError) return [];
    throw error;
  }
}

interface Token {
  readonly kind: JsonKind | 'punctuation' | 'word' | 'end';
  /** What a string means; of others the token as it stands. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const BLANKS = /[ \t\r\n]*/y;
/** What ends a run of characters that stand in a string as they are: its quote, a backslash, a control character. */
const STOPS: Readonly<Record<string, RegExp>> = { '"': /["\\]|[^ -\uffff]/g, "'": /['\\]|[^ -\uffff]/g };
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A number that goes wrong: to the character that makes it so. */
const BAD_NUMBER = /-(?![0-9])[\s\S]?|-?0[0-9]|-?(?:0|[1-9][0-9]*)(?:\.(?![0-9])[\s\S]?|(?:\.[0-9]+)?[eE](?![+-]?[0-9])[+-]?[\s\S]?)/y;
const WORD = /[a-z]+/y;
/** A character beyond U+FFFF is written as two. */
const ESCAPE = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u.{0,4}|\\./gs;
const LONE_HALF = /[\ud800-\udfff]/u;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '/': '/', '\\': '\\', '"': '"', "'": "'" };
const LITERALS: Readonly<Record<string, JsonKind>> = { true: 'boolean', false: 'boolean', null: 'null' };

class JsonScanner {
  readonly #word: QemuWord;
  readonly #findings: Findings;
  #at = 0;
  #isVerbatim: boolean | null = null;
  /** Where the last token ends that only the next character ends: a number or a word; and where the one before it does. */
  #openEnds: readonly number[] = [];

  constructor(word: QemuWord, findings: Findings) {
    this.#word = word;
    this.#findings = findings;
  }

  argument(): DefinedValue[] {
    const first = this.#next();
    if (first.value !== '{') throw this.#error('expecting value', first);
    const members = this.#members(0);
    this.#skipBlanks();
    if (this.#at < this.#word.text.length) throw new JsonArgumentError('Expecting at most one JSON value', this.#at);
    return members;
  }

  /** Behind the opening brace. */
  #members(depth: number): DefinedValue[] {
    const members: DefinedValue[] = [];
    const names = new Set<string>();
    let token = this.#next();
    if (isMark(token, '}')) return members;
    for (;;) {
      if (token.kind === 'end') throw this.#error('premature end of input', token);
      if (token.kind !== 'string') throw this.#error('expecting key', token);
      const name = token.value;
      const colon = this.#next();
      if (colon.kind === 'end') throw this.#error('premature end of input', colon);
      if (!isMark(colon, ':')) throw this.#error("expecting ':'", colon);
      const { kind, value, start, end } = this.#value(depth + 1);
      if (names.has(name)) throw this.#error('duplicate key', { kind, value, start, end });
      names.add(name);
      const origin = this.#origin(start, end);
      this.#findings.countValue(origin);
      members.push({ name, value, json: kind, origin });
      token = this.#next();
      if (isMark(token, '}')) return members;
      if (token.kind === 'end') throw this.#error('premature end of input', token);
      if (!isMark(token, ',')) throw this.#error("expected ',' or '}'", token);
      token = this.#next();
    }
  }

  /** An edit puts JSON in place of JSON, so it takes a word that stands in the text as it is. */
  #origin(start: number, end: number): Origin {
    this.#isVerbatim ??= spanLength(this.#word.origin(0, this.#word.text.length)) === this.#word.text.length;
    const origin = this.#word.origin(start, end);
    return this.#isVerbatim ? origin : { ...origin, span: null };
  }

  #value(depth: number): Token & { kind: JsonKind } {
    const token = this.#next();
    const { kind, start } = token;
    if (kind === 'end') throw this.#error('premature end of input', token);
    if (kind === 'word') throw this.#error(`invalid keyword '${repeat(token.value)}'`, token);
    if (kind !== 'punctuation') return { ...token, kind };
    if (token.value !== '{' && token.value !== '[') throw this.#error('expecting value', token);
    if (depth >= MOST_NESTED) throw new JsonArgumentError('JSON nesting depth limit exceeded', start);
    if (token.value === '{') this.#members(depth);
    else this.#elements(depth);
    return { kind: token.value === '{' ? 'object' : 'array', value: this.#word.text.slice(start, this.#at), start, end: this.#at };
  }

  /** Behind the opening bracket. */
  #elements(depth: number): void {
    const before = this.#at;
    if (isMark(this.#next(), ']')) return;
    this.#at = before;
    for (;;) {
      this.#value(depth + 1);
      const token = this.#next();
      if (isMark(token, ']')) return;
      if (token.kind === 'end') throw this.#error('premature end of input', token);
      if (!isMark(token, ',')) throw this.#error("expected ',' or ']'", token);
    }
  }

  #next(): Token {
    this.#skipBlanks();
    const start = this.#at;
    const { text } = this.#word;
    const character = text[start];
    if (character === undefined) return { kind: 'end', value: '', start, end: start };
    if ('{}[],:'.includes(character)) return this.#take('punctuation', character);
    if (character === '"' || character === "'") return this.#string(character);
    const bad = this.#match(BAD_NUMBER);
    if (bad !== null) throw this.#stray(bad, start);
    const number = this.#match(NUMBER);
    if (number !== null) return this.#open('number', number, start);
    const literal = this.#match(WORD);
    if (literal === null) {
      this.#at += character.length;
      throw this.#stray(character, start);
    }
    const kind = (Object.hasOwn(LITERALS, literal) ? LITERALS[literal] : undefined) ?? 'word';
    if (kind === undefined)
      throw this.#error(`invalid keyword '${repeat(literal)}'`, { kind: 'end', value: literal, start, end: this.#at });
    return this.#open(kind, literal, start);
  }

  #open(kind: Token['kind'], value: string, start: number): Token {
    this.#openEnds = [...this.#openEnds.slice(-1), this.#at];
    return { kind, value, start, end: this.#at };
  }

  #string(quote: string): Token {
    const { text } = this.#word;
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      this.#at = this.#stop(quote);
      const character = text[this.#at];
      const isEscape = character === '\\' && (text[this.#at + 1] ?? '\0') >= ' ';
      this.#at = Math.min(text.length, this.#at + (isEscape ? 2 : 1));
      if (character === quote) return { kind: 'string', value: this.#unescape(start), start, end: this.#at };
      if (isEscape) continue;
      // Of an escape that a control character spoils, both are named.
      if (character === '\\') this.#at = Math.min(text.length, this.#at + 1);
      throw this.#stray(text.slice(start, this.#at), start);
    }
  }

  #stop(quote: string): number {
    const stops = STOPS[quote];
    if (stops === undefined) return this.#at;
    stops.lastIndex = this.#at;
    return stops.exec(this.#word.text)?.index ?? this.#word.text.length;
  }

  #take(kind: 'punctuation', value: string): Token {
    const start = this.#at;
    this.#at += value.length;
    return { kind, value, start, end: this.#at };
  }

  #unescape(start: number): string {
    const text = this.#word.text.slice(start + 1, this.#at - 1);
    if (!text.includes('\\')) return text;
    const token: Token = { kind: 'string', value: text, start, end: this.#at };
    return text.replace(ESCAPE, written => {
      if (written[1] !== 'u') {
        const meant = ESCAPES[written[1] ?? ''];
        if (meant === undefined) throw this.#error('invalid escape sequence in string', token);
        return meant;
      }
      const codes = written.match(/[0-9a-fA-F]{4}/g)?.map(digits => Number.parseInt(digits, 16)) ?? [];
      const character = String.fromCharCode(...codes);
      if (character === '' || LONE_HALF.test(character)) throw this.#error(`${repeat(written)} is not a valid Unicode character`, token);
      return character;
    });
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#word.text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #stray(characters: string, start: number): JsonArgumentError {
    return this.#error(`stray '${repeat(characters)}'`, { kind: 'end', value: characters, start, end: this.#at });
  }

  /** Lines and columns are QEMU's, which counts bytes of UTF-8, and one more for a token that ends a number or a word. */
  #error(words: string, { start }: Token): JsonArgumentError {
    const { text } = this.#word;
    const before = text.slice(0, start);
    const line = before.split('\n').length;
    const column = utf8Length(before.slice(before.lastIndexOf('\n') + 1)) + (this.#openEnds.includes(start) ? 2 : 1);
    return new JsonArgumentError(`${line}:${column}: JSON parse error, ${words}`, start);
  }
}

function spanLength({ span }: Origin): number {
  return span === null ? -1 : span.end - span.start;
}

function isMark(token: Token, mark: string): boolean {
  return token.kind === 'punctuation' && token.value === mark;
}

/** Bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
