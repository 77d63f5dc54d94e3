/** Text of an HTML page or mail: its tags and character references taken away. */

/** Elements that begin or end a line. A line end behind one is part of it. */
const LINE = /<\/?(?:br|p|div|pre|li|ul|ol|tr|table|blockquote|h[1-6]|html|body|head|hr)(?:\s[^<>]{0,1000})?\/?>(?:\r?\n)?/gi;
/** Elements between words. */
const CELL = /<\/?(?:td|th)(?:\s[^<>]{0,1000})?>/gi;
/** Elements inside of words, and comments. */
const INLINE =
  /<\/?(?:a|b|i|u|s|em|strong|code|span|font|tt|kbd|samp|mark|small|sub|sup|wbr|img|o:p|tbody|thead|title|meta|link|style|script)(?:\s[^<>]{0,1000})?\/?>|<!--[^<>]{0,1000}-->|<!doctype[^<>]{0,200}>/gi;
const REFERENCE = /&(?:(nbsp|gt|lt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;
const NAMED: Readonly<Record<string, string>> = { nbsp: ' ', gt: '>', lt: '<', amp: '&', quot: '"', apos: "'" };

/** What only a text of HTML has. lspci's own `<?>` and `<access denied>` are no elements of it. */
const MARK = /<(?:br|p|div|pre|html|body|code|span|td|blockquote|font|tt)(?:\s[^<>]{0,1000})?\/?>|&(?:nbsp|gt|lt|amp|quot|#\d{2,5});/i;

export const hasHtml = (text: string): boolean => MARK.test(text);

/** Characters beyond U+007F are no part of what is read. */
function characterOf(code: number): string {
  return code === 9 || code === 10 || (code >= 0x20 && code < 0x7f) ? String.fromCharCode(code) : ' ';
}

/** One character a byte; lines stay what they are but where an element ends one. */
export function decodeHtml(text: string): string {
  return text
    .replace(LINE, '\n')
    .replace(CELL, ' ')
    .replace(INLINE, '')
    .replace(REFERENCE, (_, name: string | undefined, decimal: string | undefined, hex: string | undefined) =>
      name !== undefined
        ? (NAMED[name.toLowerCase()] ?? ' ')
        : characterOf(decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? '0', 16)),
    );
}
