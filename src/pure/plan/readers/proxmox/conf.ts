/** The lines of Proxmox's configuration files: `key: value`, each value perhaps a list of `name=value` with commas between. */
import type { Origin, TextPlaces } from '../../origin.ts';

/** A piece of text that knows where it begins. */
export interface Piece {
  readonly text: string;
  readonly start: number;
}

export interface ConfLine {
  readonly key: string;
  readonly value: Piece;
  readonly start: number;
}

export interface Conf {
  /** Those of the current state, by their key; of two for one key the later counts. */
  readonly lines: ReadonlyMap<string, ConfLine>;
  /** Where changes that wait for the next start begin; null where there are none. */
  readonly pending: number | null;
}

/** Snapshots and pending changes stand in sections behind the current state. */
export function parseConf(text: string): Conf {
  const lines = new Map<string, ConfLine>();
  let pending: number | null = null;
  let isCurrent = true;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end);
    if (line.startsWith('[')) {
      isCurrent = false;
      if (/^\[PENDING\]/i.test(line)) pending ??= start;
    }
    const [, key = '', gap = '', value = ''] =
      /^([A-Za-z][A-Za-z0-9_-]{0,63}):([ \t]*)(.*?)\s*$/.exec(line.length > MOST_LINE ? '' : line) ?? [];
    if (isCurrent && key !== '') lines.set(key, { key, value: { text: value, start: start + key.length + 1 + gap.length }, start });
    start = end + 1;
  }
  return { lines, pending };
}

/** Of one line; the longest real ones are `args`. */
const MOST_LINE = 65_536;

/** One of `name=value` in a list; of one without a name `name` is empty. */
export interface ListItem {
  readonly name: string;
  readonly value: string;
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
}

export function listItems({ text, start }: Piece, separator = ','): ListItem[] {
  const items: ListItem[] = [];
  let at = start;
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=');
    const valueStart = at + equals + 1;
    items.push({
      name: part.slice(0, Math.max(0, equals)),
      value: part.slice(equals + 1),
      nameStart: at,
      start: valueStart,
      end: at + part.length,
    });
    at += part.length + separator.length;
  }
  return items;
}

export function originOf(item: ListItem, places: TextPlaces): Origin {
  return places.at(item.start, item.end);
}

/** A boolean as Proxmox's schema takes it. */
export function isTrue(text: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(text ?? '');
}
