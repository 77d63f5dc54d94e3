/** Sizes of a function's regions where nobody measured them: guessed from its base address registers (PCI 3.0 §6.2.5.1). */
import { itemAt } from '../bytes/checked.ts';
import { type Bar, decodeBars, ROM_INDEX } from '../pci/bars.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { type MsixArray, readMsixArrays } from '../pci/msix-arrays.ts';
import { walkStandard } from '../pci/walk.ts';
import { MOST_IO_BAR } from '../spec/pcie.ts';
import { findControls } from './function-controls.ts';

const LEAST_MEMORY = 0x1000;
/** The limits of a guess: a region that is too large finds no place in a guest, one that is too small makes drivers fail. */
const MOST_32 = 0x100_0000;
const MOST_64 = 0x1000_0000;
const MOST_ROM = 0x1_0000;
/** The most that MSI-X's arrays can ask for; above it their offset must be wrong. */
const MOST_FOR_MSIX = 2 ** 31;

/** The largest region: sizes and offsets stay whole numbers. */
const MOST = 2 ** 52;

/** The smallest power of two that is at least `size`, at most 2^52; 0 stays 0. */
export function roundUpToPowerOfTwo(size: number): number {
  if (!(size > 0)) return 0;
  const power = 2 ** Math.ceil(Math.log2(size));
  // The logarithm of a large number may be rounded down to a whole one.
  return Math.min(power < size ? 2 * power : power, MOST);
}

/** The largest region that may be at this address: its alignment allows no more, and no other region begins inside. */
function guess({ kind, width, address }: Bar, others: readonly Bar[]): number {
  const [least, most] =
    kind === 'io' ? [4, MOST_IO_BAR] : kind === 'rom' ? [LEAST_MEMORY, MOST_ROM] : [LEAST_MEMORY, width === 64 ? MOST_64 : MOST_32];
  if (address === 0n) return kind === 'io' ? most : least;
  let size = BigInt(least);
  const isFree = (wanted: bigint) =>
    address % wanted === 0n &&
    others.every(it => (it.kind === 'io') !== (kind === 'io') || it.address <= address || it.address >= address + wanted);
  while (size < most && isFree(2n * size)) size *= 2n;
  return Number(size);
}

/**
 * Bytes of BAR 0 to 5 and of the ROM: where `known` has no size, what the address alignment permits (4 KiB to 16 MiB, up to 256 MiB
 * for a 64-bit one, 4 KiB where the address is 0; I/O 4 to 256 bytes; a ROM 4 to 64 KiB), and in any case enough for the arrays of
 * MSI-X. Sizes are rounded up to a power of two. A register that reads 0 has no region, unless MSI-X says that it is one.
 */
export function regionSizes(config: ConfigSpace, known: readonly (number | null | undefined)[] = []): number[] {
  const sizes: number[] = new Array(ROM_INDEX + 1).fill(0);
  const bars = decodeBars(config);
  for (const bar of bars) if (bar.index <= ROM_INDEX) sizes[bar.index] = guess(bar, bars);
  const { msix } = findControls(config.bytes, walkStandard(config).capabilities);
  const grow = ({ bar, offset, length }: MsixArray) => {
    const isUpperHalf = bars.some(it => it.width === 64 && it.index === bar - 1);
    if (bar < ROM_INDEX && !isUpperHalf && offset + length <= MOST_FOR_MSIX)
      sizes[bar] = Math.max(itemAt(sizes, bar), LEAST_MEMORY, offset + length);
  };
  if (msix !== null) {
    const { table, pending } = readMsixArrays(config.bytes, msix);
    grow(table);
    grow(pending);
  }
  return sizes.map((size, index) => roundUpToPowerOfTwo(known[index] ?? size));
}
