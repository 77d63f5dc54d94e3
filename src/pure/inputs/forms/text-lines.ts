/** The lines of a text of hex, cleaned of what mail, forums and logs put around them. */
import { cleanPastedLine } from '../pasted-line.ts';
import type { HexForm } from './hex-form.ts';
import type { ReadLine } from './read-form.ts';
import { matchTitle } from './title.ts';

/** One character a byte, without what surrounds them. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map(cleanPastedLine);
}

/** What each line is in a form, and how many of them are rows that can be read. */
export function readLines(lines: readonly string[], form: HexForm): { readonly lines: readonly ReadLine[]; readonly rows: number } {
  const readLine = form.lineReader();
  let isNamed = !form.isMarked;
  let rows = 0;
  const read = lines.map((text, i): ReadLine => {
    const said = readLine(text) ?? (form.isMarked ? null : matchTitle(text));
    if (said?.kind === 'device') isNamed = true;
    if (said?.kind === 'row' && isNamed) rows++;
    return { number: i + 1, text, said };
  });
  return { lines: read, rows };
}
