/** The text of one device of a dump: its lines as they were pasted, without what quoting and editors put before them. */
import type { ConfigSpace } from '../../pci/config-space.ts';
import { type DeviceTextReading, readDeviceText, type Siblings } from './device-text.ts';

/** The most characters of a line that are looked at. */
const MOST = 1024;
/** Quoting and indents, of which a text has its own. */
const BEFORE = /^[\s>|\u00c2\u00a0]*/;
const ADDRESS = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?:\/[0-9a-f:./]+)?(?: |$)/i;
/** Rows of bytes, which the dump's parser takes. */
const ROW = /^(?:0x)?[0-9a-f]{2,8}:(?: |$)/i;

/** What lspci knows from the host stands behind the capabilities. */
const BEHIND = /^Kernel (?:driver in use|modules): /;

/**
 * Whether the text goes on behind its last capability, by an empty line at least, which lspci prints behind each device: one that was cut
 * does not. The last of `lines` is what stands behind the last end of a line: empty, it proves nothing.
 */
function isEnded(lines: readonly string[]): boolean {
  const last = lines.findLastIndex(line => line.startsWith('Capabilities: '));
  return lines.some((line, i) => i > last && (BEHIND.test(line) || (line === '' && i < lines.length - 1)));
}

/** Reads what stands below the line with the address, which is the first of `lines` that has one. */
export function readDeviceLines(lines: readonly string[], rows: ConfigSpace, siblings: Siblings): DeviceTextReading {
  const stripped = lines.map(line => line.slice(0, MOST).replace(BEFORE, '').trimEnd());
  const bare = stripped.filter(line => line !== '' && !ROW.test(line));
  const start = bare.findIndex(line => ADDRESS.test(line));
  if (start < 0) return { config: rows, assignment: null, text: null, hasMfvc: null };
  const title = (bare[start] ?? '').replace(ADDRESS, '');
  // Rows of bytes follow the text, which is over then.
  return readDeviceText(title, { lines: bare.slice(start + 1), isEnded: rows.bytes.length > 0 || isEnded(stripped) }, rows, siblings);
}
