/** Reads a file for -readconfig as QEMU does: sections `[GROUP "ID"]` with lines `NAME = "VALUE"`. */
import type { DefinedValue } from '../../definition.ts';
import { type Origin, TextPlaces } from '../../origin.ts';
import type { DefinitionText } from '../reader.ts';
import { type Findings, repeat } from './findings.ts';

/** A section; `id` is that of its head. */
export interface ConfigSection {
  readonly group: string;
  readonly id: string | null;
  readonly values: readonly DefinedValue[];
  readonly origin: Origin;
}

/** QEMU reads lines in pieces of so many characters, names of so many, values of so many. */
const MOST_LINE = 1023;
const NAME = /^\s*(\S{1,63})/;
const VALUE = /^\s*=\s*"([^"]{1,1023})/;
const HEAD_NAME = /^\[\s*(\S{1,63})/;
const HEAD_ID = /^\s*"([^"]{1,63})/;
const HEAD_ALONE = /^\[([^\]]{1,63})/;
/** The first line that is neither empty nor a comment is the head of a section, as such files have it. */
const FIRST_HEAD =
  /^\[(?:device|object|machine|global|drive|chardev|mon|memory|smp-opts|name|accel|boot-opts|fsdev|netdev)(?: "[^"\n]*")?\]/;

/** Whether a text is such a file. */
export function isConfigFile(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
    if (text[at] === '[') return FIRST_HEAD.test(text.slice(at, Math.min(end, at + MOST_LINE)));
    if (text[at] !== '#' && end > at) return false;
    at = end + 1;
  }
  return false;
}

/** The sections of a file, in order; reading ends at the first line that QEMU refuses. */
export function readConfigFile({ file, text }: DefinitionText, findings: Findings): ConfigSection[] {
  const places = new TextPlaces(file, text);
  const sections: (ConfigSection & { values: DefinedValue[] })[] = [];
  for (const { start, line } of configLines(text)) {
    if (line.startsWith('\n') || line.startsWith('#')) continue;
    const head = sectionHead(line);
    if (head !== null) {
      const origin = places.at(start, start + line.trimEnd().length);
      findings.countValue(origin);
      sections.push({ ...head, values: [], origin });
      continue;
    }
    const name = NAME.exec(line);
    const origin = places.at(start, start + line.length);
    const current = sections.at(-1);
    if (name === null || current === undefined) {
      findings.error('qemu.config.syntax', name === null ? 'parse error' : 'no group defined', origin);
      break;
    }
    findings.countValue(origin);
    current.values.push(readValue(line, name, { start, places, findings }));
  }
  return sections;
}

/** Pieces as QEMU reads them, with the line end that they have. */
function* configLines(text: string): Generator<{ start: number; line: string }> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = Math.min(found < 0 ? text.length : found + 1, start + MOST_LINE);
    yield { start, line: text.slice(start, end) };
    start = end;
  }
}

function sectionHead(line: string): { group: string; id: string | null } | null {
  const name = HEAD_NAME.exec(line);
  const id = name === null ? null : HEAD_ID.exec(line.slice(name[0].length));
  if (name !== null && id !== null) return { group: name[1] ?? '', id: id[1] ?? '' };
  const group = HEAD_ALONE.exec(line)?.[1];
  return group === undefined ? null : { group, id: null };
}

interface LineContext {
  readonly start: number;
  readonly places: TextPlaces;
  readonly findings: Findings;
}

/** What is not in double quotes is an empty value; what stands behind them is not read. */
function readValue(line: string, found: RegExpExecArray, { start, places, findings }: LineContext): DefinedValue {
  const name = found[1] ?? '';
  const rest = line.slice(found[0].length);
  const value = VALUE.exec(rest);
  const at = start + found[0].length;
  if (value !== null) {
    const text = value[1] ?? '';
    const end = at + value[0].length;
    const behind = line.slice(found[0].length + value[0].length);
    if (!/^"\s*$/.test(behind)) findings.warning('qemu.config.rest', `QEMU does not read ${restWords(behind)}`, places.at(end, end));
    return { name, value: text, json: null, origin: places.at(end - text.length, end) };
  }
  const empty = /^\s*=\s*"(?=")/.exec(rest);
  const origin = places.at(at + (empty?.[0].length ?? 0), at + (empty?.[0].length ?? 0));
  if (empty !== null) return { name, value: '', json: null, origin };
  const hint = name.startsWith('#') ? 'a comment begins in the first column' : `the line must be NAME = "VALUE", with blanks around "="`;
  findings.warning(
    'qemu.config.unquoted',
    `QEMU reads this as ${repeat(name)} with an empty value: ${hint}`,
    places.at(start, start + line.length),
  );
  return { name, value: '', json: null, origin: { ...origin, span: null } };
}

function restWords(behind: string): string {
  const text = behind.replace(/^"/, '').trim();
  return behind.startsWith('"')
    ? `what stands behind the value: ${repeat(text)}`
    : 'more than this of the value, whose quote is not closed in the line';
}
