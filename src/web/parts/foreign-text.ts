/** Text from inputs made fit for a line of the page. */
import { escapeLine } from '../../pure/text/escape.ts';
import { clip } from '../../pure/text/shorten.ts';

/** What is looked at of a long text, so that a title stays a title. */
const MOST = 4000;

/** A text with nothing in it that turns its order around or breaks its line. */
export function foreign(text: string): string {
  return escapeLine(text.slice(0, MOST));
}

/** The same, of at most `most` characters. */
export function foreignClip(text: string, most: number): string {
  return clip(foreign(text), most);
}
