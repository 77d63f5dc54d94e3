/** Makes an error text plain: QEMU's own lines, wherever they stand in a longer log, in libvirt's or in KubeVirt's words. */
import { formatHex } from '../../bytes/hex.ts';
import type { ErrorPattern } from './error-pattern.ts';
import { headerRegister } from './header-register.ts';
import type { RefusedByte } from './load-config.ts';
import { MIGRATION_ERRORS } from './migration-errors.ts';
import { START_ERRORS } from './start-errors.ts';

/** One thing that was found in the text. */
export interface DecodedError {
  readonly code: string;
  /** The words as they stand in the text. */
  readonly words: string;
  /** What they mean, in a sentence or two. */
  readonly plain: string;
  /** What they are about: a host address, a guest path; null for the VM. */
  readonly device: string | null;
  /** The byte that was refused; null for all else. */
  readonly byte: RefusedByte | null;
}

const HEX = '([0-9a-f]{1,8})';
const BAD_DATA = new RegExp(
  `Bad config data: ?i=0x${HEX} read: ?${HEX} device: ?${HEX} cmask: ?${HEX} wmask: ?${HEX} w1cmask: ?${HEX}`,
  'gi',
);
/** Of longer texts this much is read. */
const MOST_TEXT = 1024 * 1024;
const MOST_FOUND = 64;
const PATTERNS = [...MIGRATION_ERRORS, ...START_ERRORS];

function decodeBytes(text: string): { found: DecodedError; index: number }[] {
  return [...text.matchAll(BAD_DATA)].map(match => {
    const [at = 0, read = 0, own = 0, cmask = 0, wmask = 0, w1cmask = 0] = match.slice(1).map(digits => Number.parseInt(digits, 16));
    const byte = { at, read, device: own, cmask, wmask, w1cmask };
    const differing = (read ^ own) & cmask & ~wmask & ~w1cmask;
    const register = headerRegister(at);
    const place = `${formatHex(at)}${register === null ? '' : ` (${register})`}`;
    const plain = `At config offset ${place} the source's guest read ${formatHex(read, 2)}, and the destination's device has ${formatHex(own, 2)}: the bits ${formatHex(differing, 2)} must be the same, since no guest can write them.`;
    return { found: { code: 'config.refused', words: match[0], plain, device: null, byte }, index: match.index };
  });
}

function decodePattern(text: string, { code, test, plain, device: named }: ErrorPattern): { found: DecodedError; index: number }[] {
  return [...text.matchAll(test)].map(match => {
    const groups = match.slice(1);
    const about = named === undefined ? null : (groups[named] ?? null);
    return { found: { code, words: match[0], plain: plain(groups), device: about, byte: null }, index: match.index };
  });
}

/**
 * All that is known of a text, of a migration or of a start, in its order; empty where nothing is. A byte's device is that of the line that
 * follows it. Never throws.
 */
export function decodeMigrationError(text: string): readonly DecodedError[] {
  const part = text.slice(0, MOST_TEXT);
  const found = [...decodeBytes(part), ...PATTERNS.flatMap(pattern => decodePattern(part, pattern))].sort((a, b) => a.index - b.index);
  const decoded = found.slice(0, MOST_FOUND).map(one => one.found);
  return decoded.map((one, index) => {
    if (one.code !== 'config.refused') return one;
    const next = decoded.slice(index + 1).find(({ code }) => code === 'device.refused' || code === 'config.refused');
    return next?.code === 'device.refused' ? { ...one, device: next.device } : one;
  });
}
