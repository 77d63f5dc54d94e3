/** Sizes in bytes for people: powers of 1024 with the names of IEC 80000-13. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `256 B`, `16 MiB`: in the largest unit that leaves no fraction. */
export function formatByteSize(bytes: bigint): string {
  let unit = 0;
  while (bytes !== 0n && unit < UNITS.length - 1 && bytes % 1024n === 0n) {
    bytes /= 1024n;
    unit++;
  }
  return `${bytes} ${UNITS[unit]}`;
}
