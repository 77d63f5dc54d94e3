/** The values of a YAML or JSON text, each with the place that it stands at. */
import type { JsonKind } from '../../definition.ts';

interface Placed {
  /** Index of its first UTF-16 unit. */
  readonly start: number;
  /** Index behind its last; of a map or list behind its last value, so that a closing bracket is not in it. */
  readonly end: number;
}

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  /** The text that it stands for; `start` and `end` are what an edit replaces, inside of quotes. */
  readonly text: string;
  /** What it is in JSON: of one in quotes and of a block `string`. */
  readonly json: JsonKind;
  /** Whether the text stands in the file as it is, line by line, each line indented alike: a literal block or one line without escapes. */
  readonly style: 'plain' | 'quoted' | 'literal' | 'folded';
  /** Of a literal block the columns that each line is indented by, which are no part of it; 0 for any other. */
  readonly indent: number;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: YamlNode;
}

export interface YamlMap extends Placed {
  readonly kind: 'map';
  /** In the order of the text, those of merged maps (`<<`) behind; of two with one key the first stands here. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export type YamlNode = YamlScalar | YamlMap | YamlList;

/** What stands at the end of a path of keys; undefined where something on it is no map, or has no such key. */
export function yamlAt(node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined {
  let at = node;
  for (const key of path) at = yamlEntry(at, key)?.value;
  return at;
}

export function yamlEntry(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === 'map' ? node.entries.find(entry => entry.key === key) : undefined;
}

export function entriesOf(node: YamlNode | undefined): readonly YamlEntry[] {
  return node?.kind === 'map' ? node.entries : [];
}

export function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** A scalar that is not null; undefined for anything else. */
export function scalarOf(node: YamlNode | undefined): YamlScalar | undefined {
  return node?.kind === 'scalar' && node.json !== 'null' ? node : undefined;
}

/** The text of a scalar that is neither null nor empty; undefined for anything else. */
export function textOf(node: YamlNode | undefined): string | undefined {
  const text = scalarOf(node)?.text;
  return text === '' ? undefined : text;
}

/** What a value is in JSON. */
export function jsonKindOf(node: YamlNode): JsonKind {
  if (node.kind === 'scalar') return node.json;
  return node.kind === 'map' ? 'object' : 'array';
}

/** A boolean as Go's YAML readers take it, which know those of YAML 1.1 too; null for anything else, words in quotes among them. */
export function booleanOf(node: YamlNode | undefined): boolean | null {
  if (node?.kind !== 'scalar' || node.style !== 'plain') return null;
  if (/^(?:true|yes|on|y)$/i.test(node.text)) return true;
  return /^(?:false|no|off|n)$/i.test(node.text) ? false : null;
}
