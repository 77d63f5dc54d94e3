/** What kind of input some bytes are, judged by their content alone. */
import { hasHexRows } from './forms/index.ts';
import { readPastedLine } from './pasted-line.ts';
import { RAW_SIZES } from './raw-config.ts';
import { isSaveFile } from './save-file-magic.ts';
import { findWrapping, type TextWrapping } from './wrappings/index.ts';

/**
 * A format. One of `InputWrapping` must be taken off, and the result be asked about again. `hex-text` is a hex dump of another program than
 * lspci.
 */
export type InputFormat = InputWrapping | 'json' | 'lspci' | 'hex-text' | 'raw' | 'save-file' | 'unknown';

/** What an input may be wrapped in. */
export type InputWrapping = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'utf-16le' | 'utf-16be' | TextWrapping;

const WRAPPINGS: readonly string[] = ['gzip', 'xz', 'zstd', 'bzip2', 'utf-16le', 'utf-16be', 'quoted-printable', 'html'];

/** Whether a format is one that must be taken off. */
export const isWrapping = (format: InputFormat): format is InputWrapping => WRAPPINGS.includes(format);

/** Bytes that are looked at first; a preamble, such as a kernel's log before its first device, may be longer. */
const SAMPLE = 4096;
const MOST_SAMPLE = 64 * 1024;
const ADDRESS = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** A device's line as lspci prints it, perhaps quoted or indented, or as the kernel's log has it. */
const ADDRESS_LINE = new RegExp(
  String.raw`^[-+ \t>|\u0060\u00a0\u00c2\u00e2\u0080-\u008f\u00ef\u00bb\u00bf]*${ADDRESS}(?:[ \t/\u00c2\u00a0]|\r?$)|\bpci ${ADDRESS}:? config space:`,
  'im',
);
/** An offset and its first byte, somewhere near the beginning of a line. */
const OFFSET = /^.{0,120}?[0-9a-f]{2}:[^\da-f]{0,8}[0-9a-f]{2}/i;
/** Bytes of a line that are looked at. */
const LONGEST = 192;
/** How files begin that are compressed: RFC 1952 §2.3 with deflate, the .xz format §2.1.1.1, RFC 8878 §3.1.1, and what bzip2 writes. */
const COMPRESSED = [
  { name: 'gzip', magic: [0x1f, 0x8b, 8] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  // Its fourth byte is the size of its blocks; then comes the mark of the first one.
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68, null, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59] },
] as const;
/** How often a text may be wrapped: HTML, quoted in HTML, in quoted-printable. */
const MOST_WRAPPINGS = 3;
/** The marks that some editors put first: U+FEFF, in UTF-8. */
const MARK = /^\u00ef\u00bb\u00bf/;

/** One character a byte: bytes of a name that is not ASCII do not matter here. */
export function formatLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += SAMPLE) text += String.fromCharCode(...bytes.subarray(at, at + SAMPLE));
  return text;
}

/**
 * The format of an input that begins with `first` and has `size` bytes. Text is told from raw config space by its content: a
 * raw file may begin with any bytes, but holds others than those of text. Never throws.
 */
export function detectFormat(first: Uint8Array, size: number = first.length): InputFormat {
  const compressed = COMPRESSED.find(({ magic }) => magic.every((byte, i) => byte === null || first[i] === byte));
  if (compressed !== undefined) return compressed.name;
  if (isSaveFile(first)) return 'save-file';
  const sample = first.subarray(0, SAMPLE);
  if (!isText(sample)) return detectUtf16(sample) ?? (RAW_SIZES.includes(size) ? 'raw' : 'unknown');
  const text = formatLatin1(sample).replace(MARK, '');
  if (isJson(text)) return 'json';
  const found = detectText(text) ?? detectText(formatLatin1(first.subarray(0, MOST_SAMPLE)), true);
  if (found !== null) return found;
  // A function that does not answer reads as all ones; no text has the byte FFh (RFC 3629 §1).
  return RAW_SIZES.includes(size) && sample.includes(0xff) ? 'raw' : 'unknown';
}

/**
 * What a text is that holds devices, or what it is wrapped in, at most `depth` times. `isLong`: no more of it will be looked at.
 */
function detectText(text: string, isLong = false, depth = MOST_WRAPPINGS): 'lspci' | 'hex-text' | TextWrapping | null {
  const wrapping = depth > 0 ? findWrapping(text) : null;
  if (wrapping !== null && detectText(wrapping.inside, true, depth - 1) !== null) return wrapping.name;
  const isTitled = ADDRESS_LINE.test(text);
  if (isTitled && hasLspciRow(text)) return 'lspci';
  if (isLong && hasHexRows(text)) return 'hex-text';
  return isLong && isTitled ? 'lspci' : null;
}

/** Whether there are no control characters but tabs and the ends of lines. */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every(byte => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);
}

/** Whether there is a row as lspci prints it, or as it looks after it was pasted. */
function hasLspciRow(text: string): boolean {
  return text.split('\n').some(line => OFFSET.test(line) && readPastedLine(line.slice(0, LONGEST).trimEnd())?.kind === 'row');
}

/** An object, or a list of what JSON can hold behind a bracket: a line of a kernel's log begins with a bracket and a time. */
function isJson(text: string): boolean {
  return /^\s*(?:\{(?!\s*0x)|\[\s*(?:[{["\]]|$))/.test(text);
}

/** Text of two bytes a character, mostly ASCII: a zero in the same half of each, behind a mark or not. */
function detectUtf16(sample: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const marked = sample[0] === 0xff && sample[1] === 0xfe ? 'utf-16le' : sample[0] === 0xfe && sample[1] === 0xff ? 'utf-16be' : null;
  const from = marked === null ? 0 : 2;
  const units = sample.subarray(from, sample.length & ~1);
  const halves = [0, 1].map(half => units.filter((_, i) => i % 2 === half));
  const isZero = (bytes: Uint8Array) => bytes.length > 0 && bytes.filter(byte => byte === 0).length > 0.9 * bytes.length;
  const [even = units, odd = units] = halves;
  if (marked !== 'utf-16be' && isZero(odd) && isText(even)) return 'utf-16le';
  return marked !== 'utf-16le' && isZero(even) && isText(odd) ? 'utf-16be' : null;
}
