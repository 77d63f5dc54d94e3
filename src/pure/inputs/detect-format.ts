/** What kind of input some bytes are, judged by their content alone. */
import { RAW_SIZES } from './raw-config.ts';

export type InputFormat = 'gzip' | 'json' | 'lspci' | 'raw' | 'unknown';

/** What is looked at; more changes no answer. */
const SAMPLE = 4096;
const ADDRESS_LINE = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?: |\r?$)/im;

/**
 * The format of an input that begins with `first` and has `size` bytes. Text is told from raw config space by its content: a
 * raw file may begin with any bytes, but holds others than those of text. Never throws.
 */
export function detectFormat(first: Uint8Array, size: number = first.length): InputFormat {
  // RFC 1952 §2.3: the third byte is the method, always deflate.
  if (first[0] === 0x1f && first[1] === 0x8b && first[2] === 8) return 'gzip';
  const sample = first.subarray(0, SAMPLE);
  if (!isText(sample)) return RAW_SIZES.includes(size) ? 'raw' : 'unknown';
  // Bytes of a name that is not ASCII do not matter here; the mark that some editors put first does.
  const text = Array.from(sample, byte => String.fromCharCode(byte))
    .join('')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  if (/^\s*[{[]/.test(text)) return 'json';
  return ADDRESS_LINE.test(text) ? 'lspci' : 'unknown';
}

/** Whether there are no control characters but tabs and the ends of lines. */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every(byte => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);
}
