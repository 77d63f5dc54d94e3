/** Standard output and error: all that a terminal would obey is escaped, except our own colours; a reader that goes away is no fault. */
import { constants, fstatSync, writeSync } from 'node:fs';
import { createPainter, DEFAULT_WIDTH, type Painter } from '../pure/render/paint.ts';
import { escapeLineEnds, escaper } from '../pure/text/escape.ts';
import { wrap } from '../pure/text/wrap.ts';
import { refusalWords } from '../service/system-words.ts';
import { UsageError } from './command.ts';

const STDOUT = 1;
const STDERR = 2;
/** The narrowest width that tables need, and the widest that is easy to read. */
const [NARROWEST, WIDEST] = [40, 200];

/** Of devices such as /dev/null, none of which is a terminal (the kernel's admin-guide/devices.txt). */
const MEMORY_DEVICES = 1;

/** Whether a terminal is behind a descriptor. `node:tty` takes long to load, so only what may be one loads it. */
export function isTerminal(fd: number): boolean {
  try {
    const { mode, rdev } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFCHR || ((rdev >> 8) & 0xfff) === MEMORY_DEVICES) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** The reader closed the pipe: nobody reads what comes after. */
class ReaderGone extends Error {}

export function isReaderGone(error: unknown): boolean {
  return error instanceof ReaderGone;
}

/** Writes all of `data`, also where the descriptor is a pipe in non-blocking mode and full. Throws ReaderGone, UsageError. */
function writeAll(fd: number, data: Uint8Array): void {
  let at = 0;
  while (at < data.length) {
    try {
      at += writeSync(fd, data, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') throw new ReaderGone();
      if (code !== 'EAGAIN') throw new UsageError(`Cannot write to standard ${fd === STDOUT ? 'output' : 'error'}: ${refusalWords(error)}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** A secret mark of our painter's colours, so that no text of somebody else can carry an escape sequence of its own. */
const MARK = `\ufdd0${Math.random().toString(36).slice(2)}`;
const fit = escaper(MARK);

/** Joins lines for `print`; line ends inside a line are escaped, so that it stays one line. */
export function joinLines(lines: readonly string[]): string {
  return lines.map(line => `${escapeLineEnds(line)}\n`).join('');
}

/**
 * Writes lines, or a text whose line ends are all our own, such as JSON. Escapes all that a terminal would obey, except our painter's
 * colours, so all text must be printed through here or through `printError`.
 */
export function print(lines: string | readonly string[]): void {
  writeAll(STDOUT, Buffer.from(fit(typeof lines === 'string' ? lines : joinLines(lines))));
}

/** Writes somebody's text as it is where a program or a file takes it, and as `print` does where a terminal would. */
export function printVerbatim(text: string): void {
  if (isTerminal(STDOUT)) print(text);
  else writeAll(STDOUT, Buffer.from(text));
}

/** Writes bytes that hold no text of anybody else. */
export function printBytes(bytes: Uint8Array): void {
  writeAll(STDOUT, bytes);
}

/**
 * Lines as a terminal of so many columns takes them, broken at spaces. Where standard error is no terminal they stay as they are: a log has
 * one line for each message.
 */
export function wrapErrors(lines: readonly string[], columns: number | undefined): readonly string[] {
  if (columns === undefined || columns < NARROWEST) return lines;
  return lines.map(escapeLineEnds).flatMap(line => {
    if (line.length <= columns) return [line];
    const [indent = ''] = /^ */.exec(line) ?? [];
    return wrap(line.slice(indent.length), columns - indent.length, '  ').map(part => indent + part);
  });
}

/** Whether the last line of the terminal is one of progress. */
let isProgressShown = false;

/** Shows `text` in the place of the last line of a terminal; an empty one takes that line away. Nothing where standard error is none. */
export function printProgress(text: string): void {
  if (!isTerminal(STDERR)) return;
  isProgressShown = text !== '';
  writeAll(STDERR, Buffer.from(`\r${fit(escapeLineEnds(text))}\u001b[K`));
}

/** Writes one line, or several, as `print` does. */
export function printError(lines: string | readonly string[]): void {
  // The stream is made for a terminal alone: one that is made of a pipe changes the pipe for all who have it.
  const wrapped = wrapErrors(typeof lines === 'string' ? [lines] : lines, isTerminal(STDERR) ? process.stderr.columns : undefined);
  try {
    if (isProgressShown) printProgress('');
    writeAll(STDERR, Buffer.from(fit(joinLines(wrapped))));
  } catch (error) {
    // Standard error cannot be written, so nobody can be told; the exit code has to do.
    if (!isReaderGone(error) && !(error instanceof UsageError)) throw error;
  }
}

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, both over what the terminal is. */
function isColoured(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return isTerminal(STDOUT) && TERM !== 'dumb';
}

/** The terminal's columns; else those of COLUMNS (POSIX), else 80. */
export function textWidth(terminal: number | undefined, columns: string | undefined): number {
  const told = /^\d{1,9}$/.test(columns ?? '') ? Number(columns) : 0;
  return Math.min(WIDEST, Math.max(NARROWEST, terminal || told || DEFAULT_WIDTH));
}

/** The columns that text on standard output is laid out for. */
export function painter(): Painter {
  const columns = isTerminal(STDOUT) ? process.stdout.columns : undefined;
  return createPainter({ isColoured: isColoured(), mark: MARK, width: textWidth(columns, process.env.COLUMNS) });
}
