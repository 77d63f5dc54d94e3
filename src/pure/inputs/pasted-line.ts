/** Lines of a dump as people paste them: quoted, indented, from a kernel's log, with spaces of other kinds; told from text for people. */
import { byteAt } from '../bytes/checked.ts';
import { hexDigit } from '../bytes/hex.ts';

/** What kind of line it is. */
export type PastedLine =
  /** `isLog`: in the words of the kernel's `pci=earlydump`, below which other lines of the log may stand. */
  | { readonly kind: 'address'; readonly address: string; readonly isLog: boolean }
  /** An offset and its pairs. `isPlain`: it begins the line, as lspci prints it. */
  | { readonly kind: 'row'; readonly offset: number; readonly pairs: readonly string[]; readonly isPlain: boolean }
  /** Pairs alone: the end of a row that was wrapped. */
  | { readonly kind: 'pairs'; readonly pairs: readonly string[] }
  /** It looks like a row of bytes, in a form that is not read. */
  | { readonly kind: 'unread' };

const TAB = 9;
const RETURN = 13;
const ZERO = 48;
const COLON = 58;
const SMALL_X = 120;
/** Pairs of a whole row. */
const FULL = 16;
/** Neighbouring pairs that make a line look like a row. */
const DENSE = 3;

const set = (text: string): Uint8Array => Uint8Array.from({ length: 0x100 }, (_, code) => Number(text.includes(String.fromCharCode(code))));
/** Bytes that may stand before the first digit: blanks, marks of quoting, and what UTF-8 has for a mark or a space of another kind. */
const BEFORE = set(' \t>|+-`\u00a0\u00c2\u00ef\u00bb\u00bf\u00e2\u0080\u008b');
/** Bytes that may follow the first digits of a row or an address. */
const BEHIND = set(' \t\r:=\u00a0\u00c2\u00e2\u00e3');
/** The first characters of lspci's own words. */
const LETTER = set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
/** Bytes of rows. */
const INSIDE = set(' \t0123456789abcdefABCDEF\u00a0\u00c2\u00e2\u0080\u00af');

/**
 * Whether the line from `from` to `to` is worth a closer look. Most lines of a dump are text for people that a tab indents: of
 * those a few bytes are looked at, of others a third at most.
 */
export function maySpeak(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && BEFORE[byteAt(bytes, at)] === 1) at++;
  if (at >= to) return false;
  let end = at;
  while (end < to && hexDigit(byteAt(bytes, end)) >= 0) end++;
  if (end - at >= 2 && (end === to || BEHIND[byteAt(bytes, end)] === 1)) return true;
  if (bytes[at] === ZERO && bytes[at + 1] === SMALL_X) return true;
  // In the kernel's log the line that names a device ends with `config space:`.
  if (bytes[to - 1] === COLON || (bytes[to - 1] === RETURN && bytes[to - 2] === COLON)) return true;
  const isLspci = bytes[from] === TAB && LETTER[byteAt(bytes, at)] === 1;
  return !isLspci && isDense(bytes, at, to);
}

/** Whether neighbouring pairs stand somewhere in a line. */
function isDense(bytes: Uint8Array, from: number, to: number): boolean {
  let dense = 0;
  for (let at = from; at < to; at += 3) {
    dense = INSIDE[byteAt(bytes, at)] === 1 ? dense + 1 : 0;
    if (dense === DENSE) return true;
  }
  return false;
}

/** Spaces that are no U+0020, as UTF-8 and as Latin-1 have them: U+00A0, U+2000 to U+200A, U+202F, U+205F, U+3000. */
const SPACES = /\u00c2\u00a0|\u00e2\u0080[\u0080-\u008a\u00af]|\u00e2\u0081\u009f|\u00e3\u0080\u0080|[\u00a0\t]/g;
/** Invisible characters in UTF-8: a soft hyphen, U+200B to U+200F, U+2060, a byte order mark. */
const ROOMLESS = /\u00c2\u00ad|\u00e2\u0080[\u008b-\u008f]|\u00e2\u0081\u00a0|\u00ef\u00bb\u00bf/g;
/** The end of a line in quoted-printable (RFC 2045 §6.7): encoded line ends and spaces, a soft line break. */
const QUOTED_END = /(?:=0A|=0D|=20)*=?$/i;
/** Behind a space such an end may be a pair with a mark before it. */
const DOUBTFUL_END = / (?:=0A|=0D|=20)+=?$/i;

/** Marks of quoting, of a box, of a list or of a patch. */
const QUOTES = /^(?: *[>|])* *(?:[+-](?=[ \t]*[\da-f]))? *`?/i;
const STAMP = String.raw`\[[ \d.]{5,20}\]|\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d:]{10,20}\]|\[ *[TC]\d+\]`;
const SYSLOG = String.raw`(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+) \S+ kernel(?:\[\d+\])?:`;
/** What printk, syslog and the journal put before the kernel's words. */
const LOG_PREFIX = new RegExp(`^(?:<\\d{1,3}>)?(?:${SYSLOG} ?)?(?:(?:${STAMP}) ?)*`);
const LOG_ADDRESS = /^pci ((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]):? config space:$/i;

const ADDRESS = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f](?= |$)/i;
/** The path of bridges that lspci -PP prints before the address, which comes last. */
const BRIDGE_PATH = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f](?:\/[0-9a-f:.]+)+(?= |$)/i;

const PAIR = String.raw`(?:[0-9a-f]{2}|\?\?)`;
/** Behind sixteen pairs may stand their characters, as hexdump -C has them. */
const ROW = new RegExp(`^(?:0x)?([0-9a-f]{2,8}): *(?:(${PAIR}(?: +${PAIR}){15})(?: +\\|.*)?|(${PAIR}(?: +${PAIR}){0,14}))$`, 'i');
const PAIRS = new RegExp(`^${PAIR}(?: +${PAIR}){0,14}$`, 'i');
/** Forms of rows that are not read: words of 16 or 32 bits, bytes of a programming language, pairs without spaces, letters O for zeros. */
const WORDS: readonly RegExp[] = [
  /^(?:0x)?[0-9a-f]{2,8}:?\s*(?:(?:0x)?[0-9a-f]{4}\s+){3}/i,
  /^(?:0x)?[0-9a-f]{2,8}:\s*(?:0x)?[0-9a-f]{8}\s/i,
  /^(?:0x)?[0-9a-f]{2,8}:?\s*(?:(?:0x|\\x)[0-9a-f]{2}[\s,]*){4}/i,
  /^(?:0x)?[0-9a-f]{2,4}:\s*(?:[0-9a-f]{2}){8,}$/i,
  /^[0-9a-fo]{2,4}:\s*(?:[0-9a-fo]{2}\s+){4}/i,
];
/** Pairs that make a line a row, if nearly all of its words are such. */
const FEW = 4;
const MANY = 6;
/** Vital product data behind its keyword, as lspci -vvv prints it, and the line numbers of a patch are no config space. */
const NO_CONFIG = /^\[\w\w\] |^@@ -/;

/** Whether a line looks like a row of bytes, in whatever form. */
export function looksLikeRow(text: string): boolean {
  if (WORDS.some(form => form.test(text))) return true;
  if (NO_CONFIG.test(text)) return false;
  const words = text.match(/\w+/g) ?? [];
  const pairs = words.filter(word => /^[0-9a-f]{1,2}$/i.test(word)).length;
  return pairs >= MANY ? 3 * pairs >= 2 * words.length : pairs >= FEW && pairs + 1 >= words.length;
}

/** Strips the prefix that the kernel's log puts before its words. */
function withoutPrefix(bare: string): string {
  const rest = bare.slice(LOG_PREFIX.exec(bare)?.[0].length ?? 0);
  return rest.replace(QUOTES, '');
}

/** An address line, at the beginning of the line or behind quoting. */
function matchAddress(bare: string, inner: string): PastedLine | null {
  const log = LOG_ADDRESS.exec(inner)?.[1];
  if (log !== undefined) return { kind: 'address', address: log, isLog: true };
  const address = ADDRESS.exec(bare)?.[0] ?? BRIDGE_PATH.exec(bare)?.[0];
  return address === undefined ? null : { kind: 'address', address, isLog: false };
}

function matchRow(text: string, isPlain: boolean): (PastedLine & { readonly kind: 'row' }) | null {
  const [, offset, full, short] = ROW.exec(text) ?? [];
  const pairs = full ?? short;
  if (offset === undefined || pairs === undefined) return null;
  return { kind: 'row', offset: Number.parseInt(offset, 16), pairs: pairs.split(/ +/), isPlain };
}

function matchPairs(text: string): (PastedLine & { readonly kind: 'pairs' }) | null {
  return PAIRS.test(text) ? { kind: 'pairs', pairs: text.split(/ +/) } : null;
}

/** A line without what mail, forums and logs put around it, one character a byte. */
export function cleanPastedLine(line: string): string {
  const text = line.replace(ROOMLESS, '').replace(SPACES, ' ').trimEnd();
  return withoutPrefix(text.replace(QUOTES, '')).replace(QUOTED_END, '').trimEnd();
}

/** `line` without the white space at its end, one character a byte. null for text for people. */
export function readPastedLine(line: string): PastedLine | null {
  const text = line.replace(ROOMLESS, '').replace(SPACES, ' ').trimEnd();
  const bare = text.replace(QUOTES, '');
  const inner = withoutPrefix(bare);
  const address = matchAddress(bare, inner.replace(QUOTED_END, ''));
  if (address !== null) return address;
  const rowLike = inner.replace(QUOTED_END, '').trimEnd();
  const said = matchRow(rowLike, rowLike === line) ?? matchPairs(rowLike);
  if (said === null) return looksLikeRow(rowLike) ? { kind: 'unread' } : null;
  return said.pairs.length < FULL && DOUBTFUL_END.test(inner) ? { kind: 'unread' } : said;
}
