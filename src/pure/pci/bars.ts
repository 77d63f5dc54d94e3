/** Base address registers and the expansion ROM (PCI 3.0 §6.2.5; PCIe 6.0 §7.5.1.2.1, §7.5.1.2.4). */

import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_ROM_ADDRESS1,
  PCI_STD_NUM_BARS,
} from '../spec/pci-regs.ts';
import { ALL_ONES, BAR_COUNTS, IO_TYPE, MEMORY_TYPE, ROM_ADDRESS } from '../spec/pcie.ts';
import { type ConfigSpace, EXTENDED_SIZE } from './config-space.ts';
import { headerLayout } from './header-layout.ts';

/** What bits [2:1] of a memory BAR say. Type 3 is reserved. */
export type MemoryType = '32-bit' | 'below-1M' | '64-bit' | 'reserved';

/** The number that stands for the expansion ROM, as among VFIO's regions. */
export const ROM_INDEX = PCI_STD_NUM_BARS;

/** One base address register, or a pair of them, as it stands; its size cannot be seen in config space. */
export interface Bar {
  /** 0 to 5 for the (first) register, 6 for the expansion ROM. */
  readonly index: number;
  readonly kind: 'memory' | 'io' | 'rom';
  readonly width: 32 | 64;
  readonly memoryType: MemoryType | null;
  readonly prefetchable: boolean;
  /** Bytes; 0 where firmware assigned nothing. */
  readonly address: bigint;
  /** The register with its low bits; for a pair the second one is [63:32]. */
  readonly raw: bigint;
  /** Whether the Command register (for a ROM, its own enable bit too) lets the function answer here. */
  readonly enabled: boolean;
}

const ROM_OFFSETS: Readonly<Record<number, number>> = {
  [PCI_HEADER_TYPE_NORMAL]: PCI_ROM_ADDRESS,
  [PCI_HEADER_TYPE_BRIDGE]: PCI_ROM_ADDRESS1,
};
const MEMORY_TYPES: readonly MemoryType[] = ['32-bit', 'below-1M', '64-bit', 'reserved'];

/** A dword of all ones is what a function that does not answer gives; like 0 it says nothing. */
function isSilent(raw: number): boolean {
  return raw === 0 || raw === ALL_ONES;
}

function headerKind(config: ConfigSpace): number {
  return headerLayout(config) ?? PCI_HEADER_TYPE_MASK;
}

/** How many base address registers the header has by its type: 6, 2 for a bridge, 1 for a CardBus bridge, none for any other. */
export function barCount(config: ConfigSpace): number {
  return BAR_COUNTS[headerKind(config)] ?? 0;
}

/**
 * The BARs and the ROM of any config space, in register order. Registers of 0 are left out, since a BAR that is not there and one that was
 * never assigned look alike. Also left out are registers that are not known, and a register that may be the upper half of an unknown one.
 * Never throws.
 */
export function decodeBars(config: ConfigSpace): Bar[] {
  const kind = headerKind(config);
  const command = config.read(PCI_COMMAND, 2) ?? 0;
  const bars: Bar[] = [];
  const count = BAR_COUNTS[kind] ?? 0;
  let mayBeUpper = false;
  for (let index = 0; index < count; index++) {
    const raw = config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4);
    const isPair =
      raw !== undefined && (raw & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_MASK)) === PCI_BASE_ADDRESS_MEM_TYPE_64;
    if (raw === undefined || mayBeUpper) mayBeUpper = raw === undefined || isPair;
    else if (!isSilent(raw)) {
      // The last register cannot begin a pair: such a BAR has no address.
      const upper = index + 1 < count ? config.read(PCI_BASE_ADDRESS_0 + 4 * index + 4, 4) : undefined;
      if ((raw & PCI_BASE_ADDRESS_SPACE_IO) !== 0) bars.push(ioBar(index, raw, command));
      else bars.push(memoryBar(index, isPair ? upper : 0, raw, command));
      if (isPair) index++;
    }
  }
  const rom = config.read(ROM_OFFSETS[kind] ?? EXTENDED_SIZE, 4) ?? 0;
  if (rom !== 0) bars.push(romBar(rom, command));
  return bars;
}

function ioBar(index: number, raw: number, command: number): Bar {
  const address = BigInt((raw & ~IO_TYPE) >>> 0);
  const enabled = (command & PCI_COMMAND_IO) !== 0;
  return { index, kind: 'io', width: 32, memoryType: null, prefetchable: false, address, raw: BigInt(raw), enabled };
}

function memoryBar(index: number, upper: number | undefined, raw: number, command: number): Bar {
  const memoryType = MEMORY_TYPES[(raw & PCI_BASE_ADDRESS_MEM_TYPE_MASK) >> 1] ?? 'reserved';
  return {
    index,
    kind: 'memory',
    width: memoryType === '64-bit' ? 64 : 32,
    memoryType,
    prefetchable: (raw & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0,
    address: upper === undefined ? 0n : (BigInt(upper) << 32n) | BigInt((raw & ~MEMORY_TYPE) >>> 0),
    raw: (BigInt(upper ?? 0) << 32n) | BigInt(raw),
    enabled: (command & PCI_COMMAND_MEMORY) !== 0,
  };
}

function romBar(raw: number, command: number): Bar {
  return {
    index: ROM_INDEX,
    kind: 'rom',
    width: 32,
    memoryType: null,
    prefetchable: false,
    address: BigInt((raw & ROM_ADDRESS) >>> 0),
    raw: BigInt(raw),
    enabled: (raw & PCI_ROM_ADDRESS_ENABLE) !== 0 && (command & PCI_COMMAND_MEMORY) !== 0,
  };
}
