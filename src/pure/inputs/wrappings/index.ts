/** Wrappings of a text that change more than the beginnings of its lines: HTML and quoted-printable. */
import { decodeHtml, hasHtml } from './html.ts';
import { decodeQuotedPrintable, hasQuotedPrintable } from './quoted-printable.ts';

/** The wrappings, in the order in which a mail has them: HTML lies inside of quoted-printable. */
export type TextWrapping = 'quoted-printable' | 'html';

interface Wrapping {
  readonly name: TextWrapping;
  readonly has: (text: string) => boolean;
  readonly decode: (text: string) => string;
  /** Where a text may be cut: the length of what stands before the cut, 0 where there is no place. */
  readonly cut: (text: string) => number;
}

/** Behind the last line end, or where there is none behind the last element. */
const cutHtml = (text: string): number => {
  const line = text.lastIndexOf('\n') + 1;
  const open = text.lastIndexOf('<');
  const isInside = open > text.lastIndexOf('>') && text.length - open < MOST_TAG;
  if (line > 0) return isInside ? Math.min(line, open) : line;
  return text.lastIndexOf('>') + 1;
};

/** Behind the last line end that is no soft break. */
const cutQuoted = (text: string): number => {
  let end = text.lastIndexOf('\n');
  while (end > 0 && /=[ \t]*\r?$/.test(text.slice(Math.max(0, end - 8), end))) end = text.lastIndexOf('\n', end - 1);
  return end + 1;
};

const MOST_TAG = 1024;
const WRAPPINGS: readonly Wrapping[] = [
  { name: 'quoted-printable', has: hasQuotedPrintable, decode: decodeQuotedPrintable, cut: cutQuoted },
  { name: 'html', has: hasHtml, decode: decodeHtml, cut: cutHtml },
];

/** What of a text is held until it can be cut. */
const MOST_HELD = 1024 * 1024;
const PIECE = 4096;

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0));

/** The first wrapping of which a text, one character a byte, has marks, with what is inside. */
export function findWrapping(text: string): { readonly name: TextWrapping; readonly inside: string } | null {
  for (const { name, has, decode } of WRAPPINGS) {
    const inside = has(text) ? decode(text) : text;
    if (inside !== text) return { name, inside };
  }
  return null;
}

/** Takes a wrapping off a text that comes in pieces, however they are cut. */
export class TextUnwrapper {
  readonly #wrapping: Wrapping;
  #held = '';

  constructor(name: TextWrapping) {
    const wrapping = WRAPPINGS.find(known => known.name === name);
    if (wrapping === undefined) throw new RangeError(`no wrapping is called ${name}`);
    this.#wrapping = wrapping;
  }

  /** Gives what is inside, as far as it is certain. */
  push(piece: Uint8Array): Uint8Array {
    const text = this.#held + latin1(piece);
    const found = this.#wrapping.cut(text);
    const cut = found === 0 && text.length > MOST_HELD ? text.length : found;
    this.#held = text.slice(cut);
    return bytesOf(this.#wrapping.decode(text.slice(0, cut)));
  }

  /** The rest of the content, once the text has ended. */
  end(): Uint8Array {
    const rest = this.#wrapping.decode(this.#held);
    this.#held = '';
    return bytesOf(rest);
  }
}

/** What is inside of a whole text. */
export function unwrapText(bytes: Uint8Array, name: TextWrapping): Uint8Array {
  const unwrapper = new TextUnwrapper(name);
  const [start, rest] = [unwrapper.push(bytes), unwrapper.end()];
  const whole = new Uint8Array(start.length + rest.length);
  whole.set(start);
  whole.set(rest, start.length);
  return whole;
}
