/** A short name of an input's content, so that a link can tell whether the input that it wants is here. No proof against forgery. */
import { hexDigits } from '../../pure/bytes/hex.ts';

/** Of a longer input only its ends count, half of this each, and its length. */
const MOST_BYTES = 4 * 1024 * 1024;

/** FNV-1a of 32 bits, http://www.isthe.com/chongo/tech/comp/fnv, over bytes from `from` to `to`. */
function fnv1a(bytes: Uint8Array, from: number, to: number, hash: number): number {
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
}

const known = new WeakMap<Uint8Array, string>();

/** Eight hexadecimal digits, the same for the same bytes. */
export function contentId(bytes: Uint8Array): string {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const { length } = bytes;
  const half = Math.min(length, MOST_BYTES / 2);
  let hash = fnv1a(bytes, 0, half, 0x811c9dc5 ^ length);
  hash = fnv1a(bytes, Math.max(half, length - MOST_BYTES / 2), length, hash);
  const id = hexDigits(hash >>> 0, 8);
  known.set(bytes, id);
  return id;
}
