/** Compressed files that are unpacked here, whole and within a bound, since neither Node nor browsers do. */
import { unpackBzip2 } from './bzip2.ts';
import { unpackXz } from './xz.ts';

export { UnpackError } from './unpack-error.ts';

/** The compressions that are unpacked without the help of a runtime. */
export type UnpackedHere = 'xz' | 'bzip2';

/** The largest compressed file, in bytes. */
export const MOST_PACKED = 64 * 1024 * 1024;
/** Bytes of the largest content. */
export const MOST_UNPACKED = 256 * 1024 * 1024;

/**
 * The content of a whole file.
 * @throws UnpackError for a file that is damaged, cut, or larger than the bounds
 */
export function unpack(bytes: Uint8Array, format: UnpackedHere, most: number = MOST_UNPACKED): Uint8Array {
  return format === 'xz' ? unpackXz(bytes, most) : unpackBzip2(bytes, most);
}
