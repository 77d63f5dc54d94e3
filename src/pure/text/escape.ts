/** Text from elsewhere made fit for a terminal: whatever a terminal would obey, or show in another order, is written as its number. */

import { hexDigits } from '../bytes/hex.ts';

/**
 * Control characters (C0, DEL, C1), marks that turn the order of text around (UAX #9), line and paragraph separators, and halves of
 * characters, which have no form in UTF-8. All are below U+10000, so that each is `\uXXXX`, in JSON too.
 */
const OBEYED = String.raw`[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]`;

const escapeOne = (character: string): string => `\\u${hexDigits(character.charCodeAt(0), 4)}`;

/**
 * Makes the function that escapes a text of many lines: all but line ends and tabs. Escape sequences that stand behind `mark`, which
 * nobody else may know, stay, without the mark.
 */
export function escaper(mark: string): (text: string) => string {
  const marked = mark === '' ? '' : `${mark}\\u001b(?=\\[)|`;
  const pattern = new RegExp(`${marked}(?![\\n\\t])${OBEYED}`, 'gu');
  return text => text.replace(pattern, found => (found.length > 1 ? '\u001b' : escapeOne(found)));
}

const escapePlain = escaper('');

/** `text` with nothing in it that a terminal would obey but line ends and tabs. Idempotent. */
export function escapeText(text: string): string {
  return escapePlain(text);
}

/** One line that holds foreign text: its line ends are escaped, so that it stays one. */
export function escapeLineEnds(line: string): string {
  return line.replaceAll('\n', escapeOne);
}

/** Text of one line, with nothing in it that a terminal would obey, before it is laid out: what is escaped takes more columns. */
export function escapeLine(line: string): string {
  return escapeLineEnds(escapeText(line));
}
