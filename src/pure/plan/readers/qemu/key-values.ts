/** QEMU's two spellings of NAME=VALUE,…: that of -device, -object and most others, and the stricter one of -machine. */
import type { DefinedValue } from '../../definition.ts';
import { type Findings, repeat } from './findings.ts';
import type { QemuWord } from './word.ts';

/** Names and values of one argument. */
export interface ParsedOptions {
  /** The first `id`, which is the one that counts; null where there is none. */
  readonly id: DefinedValue | null;
  /** All but ids, in order; of two for one name the later counts. */
  readonly values: readonly DefinedValue[];
  /** Whether it asks for help: QEMU prints it, and no VM starts. */
  readonly asksForHelp: boolean;
}

/** Reads the argument of an option. `implied` is the name of a first value that stands without one. */
export function parseOptions(word: QemuWord, implied: string | null, findings: Findings): ParsedOptions {
  const { text } = word;
  const values: DefinedValue[] = [];
  let id: DefinedValue | null = null;
  let asksForHelp = false;
  for (let at = 0; at < text.length; ) {
    const nameEnd = endOfName(text, at);
    const isFirst = at === 0;
    let value: DefinedValue;
    if (text[nameEnd] === '=' || (isFirst && implied !== null)) {
      const from = text[nameEnd] === '=' ? nameEnd + 1 : at;
      const name = from === at ? (implied ?? '') : text.slice(at, nameEnd);
      const end = endOfValue(text, from);
      value = { name, value: withoutDoubledCommas(text.slice(from, end)), json: null, origin: word.origin(from, end) };
      at = end + 1;
    } else {
      value = shortForm(word, at, nameEnd, findings);
      at = nameEnd + 1;
    }
    if (value.name === 'help' || value.name === '?' || (isFirst && value.name === implied && isHelp(value.value))) asksForHelp = true;
    findings.countValue(value.origin);
    if (value.name !== 'id') values.push(value);
    else id ??= value;
  }
  return { id, values, asksForHelp };
}

/** Whether a value is one for which QEMU lists what there is. */
export function isHelp(value: string): boolean {
  return value === 'help' || value === '?';
}

/** A name alone: on, or off where it begins with `no`. */
function shortForm(word: QemuWord, start: number, end: number, findings: Findings): DefinedValue {
  const written = word.text.slice(start, end);
  const origin = word.origin(start, end);
  if (isHelp(written)) return { name: written, value: 'on', json: null, origin };
  const isOff = written.startsWith('no');
  const [name, value] = isOff ? [written.slice(2), 'off'] : [written, 'on'];
  const message = `short-form boolean option '${repeat(written)}' deprecated; please use ${repeat(name)}=${value} instead`;
  findings.warning('qemu.syntax.short-form', message, origin);
  return { name, value, json: null, origin: { ...origin, span: null } };
}

/** A word that -machine refuses; `message` is QEMU's. */
export interface KeyValueError {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Names, with parts behind dots, that -machine takes. */
const KEY = /^[A-Za-z][A-Za-z0-9_-]*(?:\.(?:[A-Za-z][A-Za-z0-9_-]*|[0-9]+))*$/;
/** A part of a name has fewer characters. */
const MOST_KEY = 128;
/** A name of many parts has fewer. */
const MOST_NAME = 4096;

/** Reads the argument of -machine, whose names may have `_` for `-`. A mistake refuses all of it. */
export function parseKeyValues(word: QemuWord, implied: string, findings: Findings): DefinedValue[] | KeyValueError {
  const { text } = word;
  const values: DefinedValue[] = [];
  for (let at = 0; at < text.length; ) {
    const nameEnd = endOfName(text, at);
    const isImplied = at === 0 && text[nameEnd] !== '=' && nameEnd > 0;
    const written = text.slice(at, nameEnd);
    if (isImplied) {
      values.push({ name: implied, value: written, json: null, origin: word.origin(0, nameEnd) });
      at = nameEnd + 1;
      continue;
    }
    const place = { start: at, end: nameEnd };
    if (written.length <= MOST_NAME && !KEY.test(written)) return { message: `Invalid parameter '${repeat(written)}'`, ...place };
    if (written.length > MOST_NAME || written.split('.').some(part => part.length >= MOST_KEY)) {
      return { message: `Parameter '${repeat(written)}' is too long`, ...place };
    }
    if (text[nameEnd] !== '=') return { message: `Expected '=' after parameter '${repeat(written)}'`, ...place };
    const end = endOfValue(text, nameEnd + 1);
    const value = withoutDoubledCommas(text.slice(nameEnd + 1, end));
    findings.countValue(word.origin(at, nameEnd));
    values.push({ name: written.replaceAll('_', '-'), value, json: null, origin: word.origin(nameEnd + 1, end) });
    at = end + 1;
  }
  return values;
}

/** Writes a value so that QEMU reads it back. */
export function escapeCommas(value: string): string {
  return value.replaceAll(',', ',,');
}

function withoutDoubledCommas(value: string): string {
  return value.includes(',,') ? value.replaceAll(',,', ',') : value;
}

const NAME_END = /[=,]/g;

function endOfName(text: string, start: number): number {
  NAME_END.lastIndex = start;
  return NAME_END.exec(text)?.index ?? text.length;
}

/** The comma that ends a value; two of them are one of the value. */
function endOfValue(text: string, start: number): number {
  let at = text.indexOf(',', start);
  while (at >= 0 && text[at + 1] === ',') at = text.indexOf(',', at + 2);
  return at < 0 ? text.length : at;
}
