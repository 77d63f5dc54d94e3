/** The grammar that rows of most forms share: an offset, groups of digits, a column of characters. */
import type { FormLine } from './hex-form.ts';

/** A pair of digits: a byte. */
export const PAIR = '[0-9a-f]{2}';
/** A word of 16 bits. */
export const WORD = '[0-9a-f]{4}';
/** A word of 32 bits. */
export const DWORD = '[0-9a-f]{8}';

/** How a form writes its rows. All are sources of regular expressions without groups of their own. */
export interface RowGrammar {
  /** The digits of an offset; null where rows have none. */
  readonly offset: string | null;
  /** What stands before and behind the offset's digits. */
  readonly before?: string;
  readonly behind: string;
  /** One of these stands for each group of a row; groups of one row are of one kind. */
  readonly groups: readonly string[];
  /** Between groups; spaces where it is left out. */
  readonly between?: string;
  /** The column of characters behind the groups; there is none where it is left out. */
  readonly column?: string;
  /** The most groups of a row. */
  readonly most: number;
  /** Whether `*` and an offset alone mean something. */
  readonly elides?: boolean;
}

/** Characters of a line that are looked at by forms with short rows. */
const LONGEST = 512;

const ROW_OR_NULL = (text: string, expressions: readonly RegExp[]): RegExpExecArray | null => {
  for (const expression of expressions) {
    const found = expression.exec(text);
    if (found !== null) return found;
  }
  return null;
};

/** Makes the reader of a grammar's lines. */
export function rowReader(grammar: RowGrammar): (text: string) => FormLine | null {
  const { offset, before = '', behind, groups, between = ' +', column, most, elides = false } = grammar;
  const start = offset === null ? '()' : `${before}(${offset})${behind}`;
  const runs = groups.map(group => `(${group}(?:${between}${group}){0,${most - 1}})`);
  const end = column === undefined ? '()$' : `(?:${column})?$`;
  const rows = runs.map(run => new RegExp(`^${start}${run} *${end}`, 'i'));
  const rests = offset === null ? [] : runs.map(run => new RegExp(`^${run} *(?:${column ?? '$^'})?$`, 'i'));
  const last = offset === null || !elides ? null : new RegExp(`^${before}(${offset}):?$`, 'i');
  const splitter = new RegExp(between, 'i');
  return text => {
    if (text.length > LONGEST) return null;
    if (elides && text === '*') return { kind: 'same' };
    const [, at, run, characters] = ROW_OR_NULL(text, rows) ?? [];
    if (run !== undefined)
      return { kind: 'row', offset: offset === null ? null : (at ?? ''), groups: run.split(splitter), column: characters ?? null };
    const alone = last?.exec(text)?.[1];
    if (alone !== undefined) return { kind: 'end', offset: alone };
    const rest = ROW_OR_NULL(text, rests)?.[1];
    return rest === undefined ? null : { kind: 'rest', groups: rest.split(splitter) };
  };
}
