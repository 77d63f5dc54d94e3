/** Base address regions as the guest meets them: kinds from the registers, sizes from whoever knows them (PCI 3.0 §6.2.5.1). */
import type { MovedArrays, VirtualFunction } from '../guest-view/index.ts';
import { ROM_INDEX } from '../pci/bars.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { KnownRegions, RegionFact } from '../pci/regions.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_ROM_ADDRESS1,
  PCI_STD_NUM_BARS,
} from '../spec/pci-regs.ts';
import { ALL_ONES, ROM_ADDRESS } from '../spec/pcie.ts';
import { resizableSizes } from './resizable-sizes.ts';

/** A region, or a register that may have one. A region's upper register has no entry, nor has a register that certainly has no region. */
export interface SlotBar {
  /** 0 to 5. */
  readonly index: number;
  /** `unknown`: the register is not known, or reads 0 as one does that has no region, or whose region has no address yet. */
  readonly state: 'present' | 'unknown';
  readonly kind: 'memory' | 'io' | null;
  readonly width: 32 | 64 | null;
  readonly prefetchable: boolean | null;
  /** Bytes; null where the size is not known. */
  readonly size: bigint | null;
  /** Who knows the size. */
  readonly sizeFrom: KnownRegions['source'] | 'resizable-bar' | MovedArrays['by'] | null;
}

export interface BarFacts {
  /** Host bytes. */
  readonly config: ConfigSpace;
  readonly virtualFunction: VirtualFunction | null;
  readonly regions: KnownRegions | null;
}

type Kind = Pick<SlotBar, 'kind' | 'width' | 'prefetchable'>;

const NO_KIND: Kind = { kind: null, width: null, prefetchable: null };

/** What bits [3:0] of a register say. */
function kindOf(bits: number): Kind {
  if ((bits & PCI_BASE_ADDRESS_SPACE_IO) !== 0) return { kind: 'io', width: 32, prefetchable: false };
  return {
    kind: 'memory',
    width: (bits & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64 ? 64 : 32,
    prefetchable: (bits & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0,
  };
}

/** A virtual function's registers read 0; its physical function tells its regions (PCIe 6.0 §9.3.4.1.11). */
function registerBits({ config, virtualFunction }: BarFacts, index: number): number | null {
  if (virtualFunction !== null) return virtualFunction.bars?.[index] ?? null;
  const raw = config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4);
  return raw === undefined || raw === ALL_ONES ? null : raw;
}

/** The region of a register with these bits, null where they are not known; null where it is known to have none. */
function barOf({ regions }: BarFacts, index: number, bits: number | null, sized: ReadonlyMap<number, bigint>): SlotBar | null {
  const fact = regions?.regions.find(region => region.index === index && region.size !== 0n);
  const said: Kind = fact === undefined ? NO_KIND : { kind: fact.kind, width: fact.width, prefetchable: fact.prefetchable };
  // A register of 0 tells nothing: a 32-bit memory region without an address reads 0 too.
  const kind = bits !== null && bits !== 0 ? kindOf(bits) : said.kind === null && fact !== undefined && bits === 0 ? kindOf(0) : said;
  const size = fact?.size ?? sized.get(index) ?? null;
  const sizeFrom = size === null ? null : fact?.size ? (regions?.source ?? null) : 'resizable-bar';
  if ((bits !== null && bits !== 0) || fact !== undefined) return { index, state: 'present', ...kind, size, sizeFrom };
  if (regions?.isComplete) return null;
  return { index, state: 'unknown', ...NO_KIND, size: null, sizeFrom: null };
}

/** A register that may be the upper half of the region below; it is a region of its own only where the known regions list it. */
function barOfPossibleUpper(facts: BarFacts, index: number, bits: number | null, sized: ReadonlyMap<number, bigint>): SlotBar | null {
  const bar = barOf(facts, index, null, sized);
  return bar === null && bits !== null && bits !== 0 ? { index, state: 'unknown', ...NO_KIND, size: null, sizeFrom: null } : bar;
}

/** The regions of a function, in register order. */
export function describeBars(facts: BarFacts): SlotBar[] {
  const sized = resizableSizes(facts.config);
  const isListed = (index: number) =>
    facts.regions?.isComplete && facts.regions.regions.some(fact => fact.index === index && fact.size !== 0n);
  const bars: SlotBar[] = [];
  // The register behind an unknown one may be its upper half. If so, what looks like a 64-bit region there is none, and so on.
  let mayBeUpper = false;
  for (let index = 0; index < PCI_STD_NUM_BARS; index++) {
    const bits = registerBits(facts, index);
    const isDoubtful: boolean = mayBeUpper && !isListed(index);
    const bar: SlotBar | null = isDoubtful ? barOfPossibleUpper(facts, index, bits, sized) : barOf(facts, index, bits, sized);
    if (bar !== null) bars.push(bar);
    const isUnsure: boolean = bits === null || (isDoubtful && kindOf(bits).width === 64);
    mayBeUpper = isUnsure && bar !== null && bar.width === null;
    if (bar?.width === 64) index++;
  }
  return bars;
}

/** The expansion ROM of the host's device. */
export interface SlotRom {
  readonly state: 'present' | 'absent' | 'unknown';
  readonly size: bigint | null;
  readonly sizeFrom: KnownRegions['source'] | null;
}

/** Address and enable bit; the bits between them prove nothing (PCIe 6.0 §7.5.1.2.4). */
const ROM_GIVEN = ROM_ADDRESS | PCI_ROM_ADDRESS_ENABLE;

/** A register without an address may mean no ROM, or a ROM to which nobody gave an address. */
export function describeRom({ config, virtualFunction, regions }: BarFacts): SlotRom {
  const fact: RegionFact | undefined = regions?.regions.find(({ index, size }) => index === ROM_INDEX && size !== 0n);
  const size = fact?.size ?? null;
  if (fact !== undefined) return { state: 'present', size, sizeFrom: size === null ? null : (regions?.source ?? null) };
  const none = { size: null, sizeFrom: null };
  // PCIe 6.0 §9.3.4.1.13: a virtual function has none.
  if (virtualFunction !== null) return { state: 'absent', ...none };
  const type = config.read(PCI_HEADER_TYPE, 1) ?? 0xff;
  const raw =
    type === 0xff
      ? undefined
      : config.read((type & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_BRIDGE ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS, 4);
  const isThere = raw !== undefined && raw !== ALL_ONES && (raw & ROM_GIVEN) !== 0;
  if (isThere) return { state: 'present', ...none };
  return { state: regions?.isComplete ? 'absent' : 'unknown', ...none };
}
