/** Base address registers and the expansion ROM (PCI 3.0 §6.2.5; PCIe 6.0 §7.5.1.2.1, §7.5.1.2.4). */
import { PCI_HEADER_TYPE_MASK } from '../spec/pci-regs.ts';
import { type ConfigSpace, EXTENDED_SIZE } from './config-space.ts';
import { FIRST_BAR, HEADER_TYPE } from './header.ts';

/** What bits [2:1] of a memory BAR say. Type 3 is reserved. */
export type MemoryType = '32-bit' | 'below-1M' | '64-bit' | 'reserved';

/** The number that stands for the expansion ROM, as among VFIO's regions. */
export const ROM_INDEX = 6;

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

const COMMAND = 0x04;
const COMMAND_IO = 1;
const COMMAND_MEMORY = 2;
const BAR_COUNTS: Readonly<Record<number, number>> = { 0: 6, 1: 2, 2: 1 };
const ROM_OFFSETS: Readonly<Record<number, number>> = { 0: 0x30, 1: 0x38 };
const MEMORY_TYPES: readonly MemoryType[] = ['32-bit', 'below-1M', '64-bit', 'reserved'];

/** A dword of all ones is what a function that does not answer gives; like 0 it says nothing. */
function isSilent(raw: number): boolean {
  return raw === 0 || raw === 0xffffffff;
}

function headerKind(config: ConfigSpace): number {
  return (config.read(HEADER_TYPE, 1) ?? 0xff) & PCI_HEADER_TYPE_MASK;
}

/** How many base address registers the header has by its type: 6, 2 for a bridge, 1 for a CardBus bridge, none for any other. */
export function barCount(config: ConfigSpace): number {
  return BAR_COUNTS[headerKind(config)] ?? 0;
}

/**
 * The BARs and the ROM of any config space, in register order. Registers of 0 are left out: a BAR that is not there and one
 * that was never assigned look alike. So are those that are not known, and one that may be the upper half of such. Never throws.
 */
export function decodeBars(config: ConfigSpace): Bar[] {
  const kind = headerKind(config);
  const command = config.read(COMMAND, 2) ?? 0;
  const bars: Bar[] = [];
  const count = BAR_COUNTS[kind] ?? 0;
  let mayBeUpper = false;
  for (let index = 0; index < count; index++) {
    const raw = config.read(FIRST_BAR + 4 * index, 4);
    const isPair = raw !== undefined && (raw & 7) === 4;
    if (raw === undefined || mayBeUpper) mayBeUpper = raw === undefined || isPair;
    else if (!isSilent(raw)) {
      // The last register cannot begin a pair: such a BAR has no address.
      const upper = index + 1 < count ? config.read(FIRST_BAR + 4 * index + 4, 4) : undefined;
      if ((raw & 1) === 1) bars.push(ioBar(index, raw, command));
      else bars.push(memoryBar(index, isPair ? upper : 0, raw, command));
      if (isPair) index++;
    }
  }
  const rom = config.read(ROM_OFFSETS[kind] ?? EXTENDED_SIZE, 4) ?? 0;
  if (rom !== 0) bars.push(romBar(rom, command));
  return bars;
}

function ioBar(index: number, raw: number, command: number): Bar {
  const address = BigInt((raw & ~3) >>> 0);
  const enabled = (command & COMMAND_IO) !== 0;
  return { index, kind: 'io', width: 32, memoryType: null, prefetchable: false, address, raw: BigInt(raw), enabled };
}

function memoryBar(index: number, upper: number | undefined, raw: number, command: number): Bar {
  const memoryType = MEMORY_TYPES[(raw >> 1) & 3] ?? 'reserved';
  return {
    index,
    kind: 'memory',
    width: memoryType === '64-bit' ? 64 : 32,
    memoryType,
    prefetchable: (raw & 8) !== 0,
    address: upper === undefined ? 0n : (BigInt(upper) << 32n) | BigInt((raw & ~15) >>> 0),
    raw: (BigInt(upper ?? 0) << 32n) | BigInt(raw),
    enabled: (command & COMMAND_MEMORY) !== 0,
  };
}

function romBar(raw: number, command: number): Bar {
  return {
    index: ROM_INDEX,
    kind: 'rom',
    width: 32,
    memoryType: null,
    prefetchable: false,
    address: BigInt((raw & ~0x7ff) >>> 0),
    raw: BigInt(raw),
    enabled: (raw & 1) !== 0 && (command & COMMAND_MEMORY) !== 0,
  };
}
