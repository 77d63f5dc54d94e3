/** Entries put into maps of a YAML or JSON text, in the layout of the map: a block's lines, or within its brackets. */
import type { YamlMap } from '../readers/yaml/index.ts';
import type { TextEdit } from './edits.ts';

/** A text that maps are changed in. */
export interface EditedText {
  readonly file: string;
  readonly text: string;
}

/** What is put into a map: a word, a map of one entry, or the lines of a literal block. */
export type NewValue = string | readonly [key: string, value: string] | { readonly lines: readonly string[] };

const isPlain = (word: string): boolean => /^[A-Za-z][\w.-]*$/.test(word);

export const lineEndOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** A new entry, before the others; null where the value cannot stand in brackets. */
export function entryEdit({ file, text }: EditedText, map: YamlMap, key: string, value: NewValue): TextEdit | null {
  const [first] = map.entries;
  const isFlow = text[map.start] === '{';
  if (isFlow) {
    if (typeof value === 'object' && 'lines' in value) return null;
    const isJson = first === undefined ? false : text[first.keyStart - 1] === '"';
    const at = map.start + 1;
    const gap = first === undefined ? '' : text.slice(at, first.keyStart - (isJson ? 1 : 0));
    const words = `${quoted(key, isJson)}: ${flowWords(value, isJson)}`;
    const isOneLine = !gap.includes('\n');
    const edit = first === undefined ? ` ${words} ` : isOneLine ? `${gap}${words},${gap === '' ? ' ' : ''}` : `${gap}${words},`;
    return { file, span: { start: at, end: at }, text: edit };
  }
  if (first === undefined) return null;
  const start = first.keyStart - (/["']/.test(text[first.keyStart - 1] ?? '') ? 1 : 0);
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const indent = ' '.repeat(start - line);
  const at = text.slice(line, start).trim() === '' ? aboveComments(text, line, indent) : start;
  return { file, span: { start: at, end: at }, text: blockWords(key, value, indent, lineEndOf(text)) };
}

const quoted = (word: string, isJson: boolean): string => (isJson || !isPlain(word) ? JSON.stringify(word) : word);

function flowWords(value: string | readonly [string, string], isJson: boolean): string {
  if (typeof value === 'string') return quoted(value, isJson);
  const [key, word] = value;
  const words = `${quoted(key, isJson)}: ${quoted(word, isJson)}`;
  return isJson ? `{${words}}` : `{ ${words} }`;
}

/** Whole lines where `at` is behind an indent already: the indent is at the end. */
function blockWords(key: string, value: NewValue, indent: string, lineEnd: string): string {
  const deeper = `${lineEnd}${indent}  `;
  const end = lineEnd + indent;
  if (typeof value === 'string') return `${key}: ${quoted(value, false)}${end}`;
  if ('lines' in value) return `${key}: |${value.lines.map(line => deeper + line).join('')}${end}`;
  return `${key}:${deeper}${value[0]}: ${quoted(value[1], false)}${end}`;
}

/** Comments right above an entry belong to it: what is put before it goes above them. */
function aboveComments(text: string, line: number, indent: string): number {
  let at = line;
  while (at > 0) {
    const above = text.lastIndexOf('\n', at - 2) + 1;
    if (!text.startsWith(`${indent}#`, above)) break;
    at = above;
  }
  return at + indent.length;
}

/** A value for a key that has none. */
export function missingValueEdit({ file, text }: EditedText, keyEnd: number, value: readonly [string, string]): TextEdit | null {
  const colon = text.indexOf(':', keyEnd);
  if (colon < 0) return null;
  return { file, span: { start: colon + 1, end: colon + 1 }, text: ` ${flowWords(value, false)}` };
}
