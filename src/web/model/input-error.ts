/** An input of which nothing can be used. */

/** The message says why, in words for a person, and what is wanted. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** The ways in which it can be read, where nothing in it proves one; else empty. */
  readonly readings: readonly ReadingChoice[];

  constructor(message: string, readings: readonly ReadingChoice[] = []) {
    super(message);
    this.readings = readings;
  }
}

/** A way to read an input that a person may choose. */
export interface ReadingChoice {
  /** What `--input-format` takes. */
  readonly name: string;
  /** For people: `od -x`. */
  readonly title: string;
}
