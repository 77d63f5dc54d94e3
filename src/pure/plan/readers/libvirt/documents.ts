/** The documents of a text that holds several one behind the other, as `virsh dumpxml` prints them in a loop. */
import type { Span } from '../../origin.ts';

/** What may stand before a document's root: blanks, a declaration, comments. */
const HEAD = /(?:\s+|<\?[^>]{0,1000}\?>|<!--[\s\S]{0,100000}?-->)*<(domain|domstatus|network)(?=[\s/>])/y;

/** Where each stands; the text as a whole where it is one document, or something else. */
export function splitDocuments(text: string): readonly Span[] {
  const documents: Span[] = [];
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  for (let at = start; at < text.length; ) {
    // A declaration stands first in its document, without blanks before it.
    while (/\s/.test(text.charAt(at))) at++;
    HEAD.lastIndex = at;
    const name = HEAD.exec(text)?.[1];
    if (name === undefined) {
      // Blanks behind the last; anything else is for the XML's own reading to tell of.
      const last = documents.pop();
      if (last !== undefined) documents.push(text.slice(at).trim() === '' ? last : { start: last.start, end: text.length });
      break;
    }
    const closing = text.indexOf(`</${name}>`, HEAD.lastIndex);
    const end = closing < 0 ? text.length : closing + name.length + 3;
    documents.push({ start: at, end });
    at = end;
  }
  return documents.length > 1 ? documents : [{ start: 0, end: text.length }];
}
