/** Rows of a table: cells at their columns, whose last one holds words and wraps. */
import { itemAt } from '../bytes/checked.ts';
import { escapeLine } from '../text/escape.ts';
import { wrap } from '../text/wrap.ts';
import type { Painter, Tone } from './paint.ts';

/** A cell, perhaps in a tone. */
export type Cell = string | readonly [tone: Tone, text: string];

export type Rows = (...cells: readonly Cell[]) => string[];

/** With fewer columns than these, words stand below their row and not beside it. */
const LEAST_WORDS = 24;
/** The column where a cell goes on that has no place on its row's line. */
const BELOW = 4;

/** As it is printed. */
const textOf = (cell: Cell): string => escapeLine(typeof cell === 'string' ? cell : cell[1]);

/**
 * Makes rows whose cells begin at these columns, or later where the cell before is longer. The last cell wraps below itself; a cell
 * that has no place on the line goes to one of its own, which begins at `below`.
 */
export function rowsAt(columns: readonly number[], paint: Painter, below = BELOW): Rows {
  const painted = (cell: Cell, text: string): string => (typeof cell === 'string' || text === '' ? text : paint(cell[0], text));
  return (...given) => {
    const cells = given.slice(0, 1 + given.findLastIndex(cell => textOf(cell) !== ''));
    const last = cells.at(-1);
    if (last === undefined) return [''];
    const lines: string[] = [];
    let [line, length, shift] = ['', 0, 0];
    /** Begins a cell that needs so many characters, on a line below where this one has no place; gives its column. */
    const begin = (index: number, needed: number): number => {
      const column = itemAt(columns, index);
      const at = length === 0 ? column : Math.max(column + shift, length + 1);
      if (at + needed <= paint.width || at <= below) return at;
      if (line.trim() !== '') lines.push(line.trimEnd());
      [line, length, shift] = [' '.repeat(below), below, below - column];
      return below;
    };
    for (const [i, cell] of cells.slice(0, -1).entries()) {
      const text = textOf(cell);
      const at = begin(i, text.length);
      line += ' '.repeat(at - length) + painted(cell, text);
      length = at + text.length;
    }
    const longest = Math.max(
      ...textOf(last)
        .split(' ')
        .map(word => word.length),
    );
    const at = begin(cells.length - 1, Math.max(longest, Math.min(LEAST_WORDS, textOf(last).length)));
    const [first = '', ...rest] = wrap(textOf(last), paint.width - at);
    lines.push((line + ' '.repeat(at - length) + painted(last, first)).trimEnd());
    return [...lines, ...rest.map(part => ' '.repeat(at) + painted(last, part))];
  };
}

/** The titles above the columns. */
export function titleRow(row: Rows, ...titles: readonly string[]): string[] {
  return row(...titles.map(title => ['dim', title] as const));
}
