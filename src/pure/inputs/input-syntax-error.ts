/** The error for text that somebody gave us and that is not in the format it should be in. */

/** A fault in an input text, with its place. */
export class InputSyntaxError extends Error {
  override readonly name = 'InputSyntaxError';
  /** Both count from 1; columns count bytes. */
  readonly line: number;
  readonly column: number;
  /** The message without the place. */
  readonly words: string;

  constructor(words: string, line: number, column: number) {
    super(`line ${line}, column ${column}: ${words}`);
    this.words = words;
    this.line = line;
    this.column = column;
  }
}
