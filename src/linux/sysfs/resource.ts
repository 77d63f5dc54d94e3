/** The `resource` file: where the BARs of a function lie (flags as in the kernel's IORESOURCE_ bits, which the file shows). */
import { ROM_INDEX } from '../../pure/pci/bars.ts';

const IORESOURCE_IO = 0x100n;
const IORESOURCE_MEM = 0x200n;
const IORESOURCE_PREFETCH = 0x2000n;
const IORESOURCE_MEM_64 = 0x10_0000n;

/** A region that the kernel gave a function, by its BAR. */
export interface HostBar {
  /** 0 to 5 for the (first) register, 6 for the expansion ROM. */
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  readonly width: 32 | 64;
  readonly prefetchable: boolean;
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
}

const LINE = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) 0x([0-9a-f]{16})$/;

/**
 * The regions of the first seven lines `start end flags`; all-zero lines are registers without one. What follows, VF BARs and
 * bridge windows, lies at a line that depends on how the kernel was built. Lines of another form are passed over.
 */
export function parseResource(text: string): HostBar[] {
  const bars: HostBar[] = [];
  for (const [index, line] of text
    .split('\n')
    .slice(0, ROM_INDEX + 1)
    .entries()) {
    const match = LINE.exec(line.trim());
    const [start = 0n, end = 0n, flags = 0n] = match?.slice(1).map(digits => BigInt(`0x${digits}`)) ?? [];
    const isIo = (flags & IORESOURCE_IO) !== 0n;
    if (end < start || (!isIo && (flags & IORESOURCE_MEM) === 0n)) continue;
    bars.push({
      index,
      kind: isIo ? 'io' : index === ROM_INDEX ? 'rom' : 'memory',
      width: (flags & IORESOURCE_MEM_64) !== 0n ? 64 : 32,
      prefetchable: (flags & IORESOURCE_PREFETCH) !== 0n,
      address: start,
      size: end - start + 1n,
    });
  }
  return bars;
}
