/** Says in plain words what is wrong at a place of a capture: what was wanted, and what is there instead. */

import { clip } from '../text/shorten.ts';

/** An issue that the check found; messages of the format itself begin with `wanted`. */
export interface Issue {
  readonly type: string;
  readonly input: unknown;
  readonly expected: string | null;
  readonly message: string;
}

/** The most characters of a value that are shown. */
const MOST_SHOWN = 40;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'an object',
};

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return clip(text, MOST_SHOWN);
}

/** `at most 6` of `<=6`, `at least 0` of `>=0`, `6` of `6`. */
const bound = (expected: string): string => expected.replace(/^<=/, 'at most ').replace(/^>=/, 'at least ');

/** One sentence for an issue at the end of `keys`. */
export function issueWords({ type, input, expected, message }: Issue, keys: readonly unknown[]): string {
  if (message.startsWith('wanted ')) return message;
  const key = shown(String(keys.at(-1) ?? ''));
  if (type === 'strict_object' && expected === 'never') return `the format has no key ${key} here`;
  if (input === undefined) return `missing: wanted a key ${key} here`;
  if (type === 'integer') return `wanted a whole number, not ${shown(input)}`;
  if (expected === null) return `${shown(input)} is not what is wanted here`;
  if (typeof input === 'string' && type.endsWith('length')) return `wanted ${bound(expected)} characters, not ${input.length}`;
  if (Array.isArray(input) && type.endsWith('length')) return `wanted ${bound(expected)} entries, not ${input.length}`;
  return `wanted ${TYPES[expected] ?? bound(expected)}, not ${shown(input)}`;
}
