/** Config bytes as a capture writes them: two digits each, `??` for one that is not wholly known; known bits of such bytes are apart. */
import { formatHex, formatHexBytes, hexDigit, hexDigits, parseHexBytes } from '../bytes/hex.ts';
import { ConfigSpace, type PartialBytes } from '../pci/config-space.ts';

/** A run of bytes that are known in part: bits set in `mask` are known, and are as in `value`. */
export interface KnownBits {
  /** Offset of the first byte, such as `0x4`. */
  readonly at: string;
  /** Two digits a byte, never `00` or `ff`. */
  readonly mask: string;
  /** As long as `mask`; bits outside of it are 0. */
  readonly value: string;
}

function partialOf(length: number, runs: readonly KnownBits[]): PartialBytes | null {
  if (runs.length === 0) return null;
  const partial = { mask: new Uint8Array(length), value: new Uint8Array(length) };
  for (const { at, mask, value } of runs) {
    partial.mask.set(parseHexBytes(mask), Number(at));
    partial.value.set(parseHexBytes(value), Number(at));
  }
  return partial;
}

/** Most of a config space is zeros, which are told sooner in rows than digit by digit. */
const ZEROS = '0'.repeat(64);

/** The bytes of a text that the capture's schema has accepted; `runs` gives the known bits of its `??`. */
export function parseConfigText(text: string, runs: readonly KnownBits[] = []): ConfigSpace {
  const length = text.length / 2;
  const bytes = new Uint8Array(length);
  const known = new Uint8Array(length).fill(1);
  for (let i = 0; i < length; i++) {
    while (text.startsWith(ZEROS, 2 * i)) i += ZEROS.length / 2;
    if (i >= length) break;
    const high = hexDigit(text.charCodeAt(2 * i));
    if (high < 0) known[i] = 0;
    else bytes[i] = (high << 4) | hexDigit(text.charCodeAt(2 * i + 1));
  }
  return new ConfigSpace(bytes, known, partialOf(length, runs));
}

/** The text of config bytes, as long as they are known or noted as unknown. */
export function formatConfigText(config: ConfigSpace): string {
  if (config.isKnown(0, config.bytes.length)) return formatHexBytes(config.bytes);
  return Array.from(config.bytes, (byte, at) => (config.isKnown(at) ? hexDigits(byte, 2) : '??')).join('');
}

/** The known bits of bytes that `formatConfigText` writes as `??`, run by run; empty where there are none. */
export function formatKnownBits(config: ConfigSpace): KnownBits[] {
  const { partial } = config;
  if (partial === null) return [];
  const { mask, value } = partial;
  const runs: KnownBits[] = [];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    let end = at + 1;
    while (end < mask.length && mask[end] !== 0) end++;
    runs.push({ at: formatHex(at), mask: formatHexBytes(mask.subarray(at, end)), value: formatHexBytes(value.subarray(at, end)) });
    at = end;
  }
  return runs;
}

/** What is wrong with the first run that does not fit `text`, by its place in the list; null where all fit. */
export function wrongKnownBits(text: string, runs: readonly KnownBits[]): { readonly index: number; readonly words: string } | null {
  let end = 0;
  for (const [index, { at, mask, value }] of runs.entries()) {
    const start = Number(at);
    const wrong = (words: string) => ({ index, words });
    if (mask.length !== value.length) return wrong(`wanted as many digits in value as in mask, ${mask.length}, not ${value.length}`);
    if (start < end) return wrong(`wanted an offset of at least ${formatHex(end)}, behind the run before, not ${at}`);
    if (2 * start + mask.length > text.length) return wrong(`it goes beyond the ${text.length / 2} bytes that it tells of`);
    end = start + mask.length / 2;
    if (!/^\?+$/.test(text.slice(2 * start, 2 * end))) return wrong('it tells of a byte that is known whole, where "??" is wanted');
    const [masks, values] = [parseHexBytes(mask), parseHexBytes(value)];
    if (values.some((byte, i) => (byte & ~(masks[i] ?? 0)) !== 0)) return wrong('value has a bit that mask does not have');
  }
  return null;
}
