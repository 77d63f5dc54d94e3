/**
 * Links as text: what stands behind the `#` of an address. Readable, `airlock=1&view=device&input=vm-intel-iotlb:5d2a9c01&device=2&ats=on`: the
 * first part is the version of this form, `input` names an input by name and content, the options are called as on the command line.
 */

/** Parts in order; a key may stand several times. */
export type LinkParts = readonly (readonly [key: string, value: string])[];

/** The key of the first part. */
const NAME = 'airlock';

/** The version of the form that is written. A page reads this one alone, and says so of others. */
export const LINK_VERSION = '1';

/** A longer text is no link. */
export const MOST_LINK_CHARACTERS = 2_000_000;
const MOST_PARTS = 1000;

/** Halves of characters, which have no form in UTF-8. */
const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/** Percent-encoded, but for what stands well in a fragment (RFC 3986 §3.5) and is in no way of mail programs and forums. */
const encode = (text: string): string => encodeURIComponent(wellFormed(text)).replace(/%(?:3A|2F|2C|40)/g, decodeURIComponent);

/** Null for what is not percent-encoded text. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The text of a link, without `#`. */
export function formatLink(parts: LinkParts): string {
  return [[NAME, LINK_VERSION] as const, ...parts].map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&');
}

/** What a text that should be a link is. */
export type ParsedLink =
  | { readonly kind: 'none' }
  | { readonly kind: 'other-version'; readonly version: string }
  | { readonly kind: 'link'; readonly parts: LinkParts };

/** Reads any text; never throws. `#` in front may be there. Parts that cannot be read are left out. */
export function parseLink(text: string): ParsedLink {
  const body = text.replace(/^#/, '');
  if (body === '' || body.length > MOST_LINK_CHARACTERS) return { kind: 'none' };
  const parts: [string, string][] = [];
  for (const part of body.split('&', MOST_PARTS)) {
    const at = part.indexOf('=');
    // Programs that show a link within HTML may leave `&amp;` in it.
    const key = at < 0 ? null : decode(part.slice(0, at).replace(/^amp;/, ''));
    const value = at < 0 ? null : decode(part.slice(at + 1));
    if (key !== null && value !== null) parts.push([key, value]);
  }
  const [first, ...rest] = parts;
  if (first?.[0] !== NAME) return { kind: 'none' };
  return first[1] === LINK_VERSION ? { kind: 'link', parts: rest } : { kind: 'other-version', version: first[1] };
}

/** The values of a key, in order. */
export function valuesOf(parts: LinkParts, key: string): readonly string[] {
  return parts.filter(([own]) => own === key).map(([, value]) => value);
}

/** An input that a link wants: its name, and its content by `contentId`. */
export interface WantedInput {
  readonly name: string;
  readonly content: string;
}

export const formatWanted = ({ name, content }: WantedInput): string => `${name}:${content}`;

/** Null for what names no content. */
export function parseWanted(text: string): WantedInput | null {
  const [, name, content] = /^(.*):([0-9a-f]{8})$/s.exec(text) ?? [];
  return name === undefined || content === undefined ? null : { name, content };
}
