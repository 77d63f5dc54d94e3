/** Reads at places that must exist: a missing one is a fault of ours and throws, instead of giving undefined. */

function refuse(at: number, length: number): never {
  throw new RangeError(`place ${at} of ${length}: wanted one that is there`);
}

/** The byte at `at`. Throws RangeError where there is none. */
export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  return byte === undefined ? refuse(at, bytes.length) : byte;
}

/** The unsigned little-endian number of the two bytes at `at`. Throws RangeError where one of them is not there. */
export function wordAt(bytes: Uint8Array, at: number): number {
  const low = bytes[at];
  const high = bytes[at + 1];
  return low === undefined || high === undefined ? refuse(at, bytes.length) : low | (high << 8);
}

/** The unsigned little-endian number of the four bytes at `at`. Throws RangeError where one of them is not there. */
export function dwordAt(bytes: Uint8Array, at: number): number {
  const low = bytes[at];
  const high = bytes[at + 3];
  if (low === undefined || high === undefined) return refuse(at, bytes.length);
  // The first and the last byte are there, so those between are too.
  return (low | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | (high << 24)) >>> 0;
}

/** What the list has at `at`. Throws RangeError where there is nothing. */
export function itemAt<T>(items: readonly T[], at: number): T {
  const item = items[at];
  return item === undefined ? refuse(at, items.length) : item;
}
