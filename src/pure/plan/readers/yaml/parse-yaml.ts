/** Reads YAML 1.2, and so JSON, into values that know their places; what a hostile text could make of it is bounded. */
import {
  type AliasEvent,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE_FOLDED_BLOCK,
  SCALAR_STYLE_LITERAL_BLOCK,
  SCALAR_STYLE_PLAIN,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { JsonKind } from '../../definition.ts';
import { TextPlaces } from '../../origin.ts';
import { oneLine } from '../finding-list.ts';
import { DefinitionError, type DefinitionText } from '../reader.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './node.ts';

/** Maps and lists within each other; those of a VM's definition are fewer than 20 deep. */
const MOST_DEPTH = 100;

/** Values that aliases may stand for, so that a few lines cannot become billions of values. */
const MOST_ALIASED = 100_000;

/** A key that stands twice in one map; readers differ in what they make of it. */
export interface RepeatedKey {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

export interface YamlText {
  readonly places: TextPlaces;
  /** One for each document that is not empty. */
  readonly documents: readonly YamlNode[];
  readonly repeatedKeys: readonly RepeatedKey[];
}

/**
 * The documents of a text.
 * @throws DefinitionError where it is no YAML, nests deeper than 100, or its aliases stand for more than 100000 values
 */
export function parseYaml(definition: DefinitionText): YamlText {
  const places = new TextPlaces(definition.file, definition.text);
  const builder = new Builder(definition, places);
  for (const event of eventsOf(definition, places)) builder.take(event);
  return { places, documents: builder.documents, repeatedKeys: builder.repeatedKeys };
}

function eventsOf({ file, text }: DefinitionText, places: TextPlaces): Event[] {
  try {
    return parseEvents(text, { maxDepth: MOST_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = Math.min(error.mark?.position ?? 0, text.length);
    const words = error.reason.startsWith('nesting exceeded') ? `it nests maps and lists deeper than ${MOST_DEPTH}` : error.reason;
    throw new DefinitionError(`${file} cannot be read as YAML or JSON: ${oneLine(words)}`, places.at(at, at));
  }
}

interface Sized {
  readonly node: YamlNode;
  /** How many values it is, those that its aliases stand for included. */
  readonly size: number;
}

interface Open {
  readonly kind: 'map' | 'list';
  readonly start: number;
  readonly anchor: string | null;
  readonly children: YamlNode[];
  size: number;
}

/** Makes nodes of events, innermost first; a node is shared by all of its aliases. */
class Builder {
  readonly documents: YamlNode[] = [];
  readonly repeatedKeys: RepeatedKey[] = [];
  readonly #definition: DefinitionText;
  readonly #places: TextPlaces;
  readonly #open: (Open | null)[] = [];
  readonly #anchors = new Map<string, Sized>();
  #aliased = 0;

  constructor(definition: DefinitionText, places: TextPlaces) {
    this.#definition = definition;
    this.#places = places;
  }

  take(event: Event): void {
    switch (event.type) {
      case EVENT_DOCUMENT:
        this.#anchors.clear();
        this.#open.push(null);
        break;
      case EVENT_MAPPING:
      case EVENT_SEQUENCE: {
        const kind = event.type === EVENT_MAPPING ? 'map' : 'list';
        this.#open.push({ kind, start: event.start, anchor: this.#anchorOf(event), children: [], size: 1 });
        break;
      }
      case EVENT_SCALAR:
        this.#add({ node: this.#scalar(event), size: 1 }, this.#anchorOf(event));
        break;
      case EVENT_ALIAS:
        this.#add(this.#target(event), null);
        break;
      case EVENT_POP:
        this.#close();
    }
  }

  #close(): void {
    const open = this.#open.pop();
    if (open === null || open === undefined) return;
    const { kind, start, children, anchor, size } = open;
    const end = Math.max(start, children.at(-1)?.end ?? start);
    const node: YamlNode = kind === 'list' ? { kind, start, end, items: children } : { kind, start, end, entries: this.#entries(children) };
    this.#add({ node, size }, anchor);
  }

  #add(sized: Sized, anchor: string | null): void {
    if (anchor !== null) this.#anchors.set(anchor, sized);
    const parent = this.#open.at(-1);
    if (parent === null || parent === undefined) {
      // A document that holds nothing is an empty plain scalar.
      if (!(sized.node.kind === 'scalar' && sized.node.json === 'null')) this.documents.push(sized.node);
      return;
    }
    parent.children.push(sized.node);
    parent.size += sized.size;
  }

  #target(event: AliasEvent): Sized {
    const name = this.#anchorOf(event) ?? '';
    const target = this.#anchors.get(name);
    const origin = this.#places.at(event.anchorStart, event.anchorEnd);
    if (target === undefined) {
      throw new DefinitionError(
        `${this.#definition.file} cannot be read as YAML: no value before the alias *${oneLine(name)} has that name`,
        origin,
      );
    }
    this.#aliased += target.size;
    if (this.#aliased <= MOST_ALIASED) return target;
    throw new DefinitionError(`${this.#definition.file} cannot be read: its aliases stand for more than ${MOST_ALIASED} values`, origin);
  }

  #anchorOf({ anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number }): string | null {
    return anchorStart < 0 ? null : this.#definition.text.slice(anchorStart, anchorEnd);
  }

  #scalar(event: ScalarEvent): YamlScalar {
    const { valueStart, valueEnd, style } = event;
    // One that is left out stands nowhere.
    const start = Math.max(0, valueStart);
    const end = Math.max(start, valueEnd);
    const text = valueStart < 0 ? '' : getScalarValue(this.#definition.text, event);
    if (style === SCALAR_STYLE_PLAIN) {
      const isString = event.tagStart >= 0 && this.#definition.text.slice(event.tagStart, event.tagEnd) === '!!str';
      return { kind: 'scalar', start, end, text, json: isString ? 'string' : plainKind(text), style: 'plain', indent: 0 };
    }
    if (style === SCALAR_STYLE_LITERAL_BLOCK) {
      return { kind: 'scalar', start, end, text, json: 'string', style: 'literal', indent: Math.max(0, event.indent) };
    }
    return {
      kind: 'scalar',
      start,
      end,
      text,
      json: 'string',
      style: style === SCALAR_STYLE_FOLDED_BLOCK ? 'folded' : 'quoted',
      indent: 0,
    };
  }

  #entries(children: readonly YamlNode[]): YamlEntry[] {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlNode[] = [];
    for (let at = 0; at + 1 < children.length; at += 2) {
      const [key, value] = [children[at], children[at + 1]];
      // A key that is a map or a list is none in any definition.
      if (key?.kind !== 'scalar' || value === undefined) continue;
      if (key.text === '<<' && key.style === 'plain') merged.push(...(value.kind === 'list' ? value.items : [value]));
      else if (entries.has(key.text)) this.repeatedKeys.push({ key: key.text, start: key.start, end: key.end });
      else entries.set(key.text, { key: key.text, keyStart: key.start, keyEnd: key.end, value });
    }
    for (const from of merged) {
      if (from.kind !== 'map') continue;
      for (const entry of from.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    }
    return [...entries.values()];
  }
}

/** By YAML's core schema; the booleans of YAML 1.1 are for readers that want one. */
function plainKind(text: string): JsonKind {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return 'null';
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(text)) return 'boolean';
  return /^(?:[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[-+]?\d{1,9})?|0o[0-7]{1,100}|0x[0-9a-f]{1,100})$/i.test(text)
    ? 'number'
    : 'string';
}
