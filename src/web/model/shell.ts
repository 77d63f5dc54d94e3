/** Words of a command line as a POSIX shell takes them. */

/** What no shell changes, wherever it stands in a word. */
const PLAIN = /^[A-Za-z0-9_./@%+:,-][A-Za-z0-9_./@%+:,=-]*$/;

/** One word, quoted where it needs to be. A NUL, which no word of a command can hold, is left out. */
export function shellQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}

/** A command line that can be pasted into a shell. */
export const shellCommand = (words: readonly string[]): string => words.map(shellQuote).join(' ');
