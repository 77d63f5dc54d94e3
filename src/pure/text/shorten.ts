/** Shortens what somebody typed, so that a message can repeat it. */

/** The columns of a usual terminal. */
const MOST = 80;

/** The beginning of a text that may be long. */
export function shorten(text: string): string {
  return text.slice(0, MOST);
}

/** At most `most` characters of a text, with a mark where that is not all of it. */
export function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** What `shorten` gives, in quotes, with what would break the line escaped. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}
