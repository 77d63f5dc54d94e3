/** The config space of a device written in TypeScript: a PCI Express endpoint with power management and MSI-X (PCIe 6.0 §7.5, §7.7.2). */
import { buildConfigSpace, type CapabilityPart, capabilityPart } from '../pci/builder.ts';
import { msix } from '../pci/capabilities/msi-x.ts';
import { powerManagement } from '../pci/capabilities/power-management.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import {
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_CAP_ID_EXP,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCTL,
  PCI_EXP_FLAGS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
  PCI_MSIX_ENTRY_SIZE,
  PCI_STD_NUM_BARS,
} from '../spec/pci-regs.ts';
import { EXPRESS_SIZE, MOST_IO_BAR, MOST_MSIX_VECTORS, pendingBytes, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';
import { roundUpToPowerOfTwo } from './region-sizes.ts';

/** What a base address register addresses, and with how many bits. */
export type BarKind = 'memory32' | 'memory64' | 'io';

/** A region of a device written in TypeScript. */
export interface SoftwareBar {
  /** Bytes, a power of two: 16 to 2^31 for memory32, up to 2^52 for memory64, 4 to 256 for I/O. */
  readonly size: number;
  /** `memory32` where it is not given. A `memory64` takes the next register too. */
  readonly kind?: BarKind;
  /** Whether reads have no side effects. */
  readonly isPrefetchable?: boolean;
}

/** Who a device written in TypeScript says it is, and which interrupts and capabilities it has. */
export interface SoftwareIdentity {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class [23:16], subclass [15:8], programming interface [7:0]. */
  readonly classCode: number;
  readonly revisionId?: number;
  /** As the device itself where it is not given. */
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
  /** 0 to 2048; 0 where it is not given. */
  readonly msixVectors?: number;
  /** Whether it can interrupt through INTA# too. */
  readonly hasIntx?: boolean;
  /** Capabilities beside PCI Express, Power Management and MSI-X. */
  readonly standard?: readonly CapabilityPart[];
  readonly extended?: readonly CapabilityPart[];
}

/** Where the vector table of MSI-X stands, and where in the same region its pending bits. */
export interface MsixPlace {
  readonly bar: number;
  readonly pendingOffset: number;
  readonly pendingLength: number;
}

export interface SoftwareConfig {
  readonly config: ConfigSpace;
  /** Bytes of BAR 0 to 5 and of the ROM. */
  readonly sizes: readonly number[];
  readonly msix: MsixPlace | null;
}

const TYPE_BITS: Readonly<Record<BarKind, number>> = { memory32: 0, memory64: PCI_BASE_ADDRESS_MEM_TYPE_64, io: PCI_BASE_ADDRESS_SPACE_IO };
const LIMITS: Readonly<Record<BarKind, readonly [least: number, most: number]>> = {
  memory32: [16, 2 ** 31],
  memory64: [16, 2 ** 52],
  io: [4, MOST_IO_BAR],
};

/** Version 2, endpoint, FLR and Role-Based Error Reporting, a link of one lane at 2.5 GT/s. Offsets count from the header. */
function expressPart(): CapabilityPart {
  const body = new Uint8Array(EXPRESS_SIZE - STANDARD_HEADER_SIZE);
  const put = (at: number, ...bytes: number[]) => body.set(bytes, at - STANDARD_HEADER_SIZE);
  put(PCI_EXP_FLAGS, 0x02, 0x00);
  put(PCI_EXP_DEVCAP, 0x00, 0x80, 0x00, 0x10);
  // Relaxed Ordering, No Snoop, reads of 512 bytes: as after a reset.
  put(PCI_EXP_DEVCTL, 0x10, 0x28);
  put(PCI_EXP_LNKCAP, 0x11);
  put(PCI_EXP_LNKSTA, 0x11);
  put(PCI_EXP_LNKCAP2, 0x02);
  put(PCI_EXP_LNKCTL2, 0x01);
  return { id: PCI_CAP_ID_EXP, body };
}

/** Version 3, no power events, nothing lost in D3hot. */
const POWER = capabilityPart(powerManagement, {
  capabilities: {
    version: 3,
    pmeClock: false,
    immediateReadiness: false,
    deviceSpecificInitialization: false,
    auxCurrent: 0,
    d1: false,
    d2: false,
    pmeD0: false,
    pmeD1: false,
    pmeD2: false,
    pmeD3hot: false,
    pmeD3cold: false,
  },
  control: { powerState: 0, noSoftReset: true, pmeEnable: false, dataSelect: 0, dataScale: 0, pmeStatus: false },
  bridge: { b2b3: false, busPowerClockControl: false },
  data: 0,
});

function checkBar(index: number, { size, kind = 'memory32' }: SoftwareBar, taken: ReadonlySet<number>): void {
  const [least, most] = LIMITS[kind];
  if (size < least || size > most || roundUpToPowerOfTwo(size) !== size) {
    throw new RangeError(`BAR ${index} of ${size} bytes: wanted a power of two from ${least} to ${most} for ${kind}`);
  }
  const isInside = Number.isInteger(index) && index >= 0 && index + (kind === 'memory64' ? 1 : 0) < PCI_STD_NUM_BARS;
  if (!isInside || taken.has(index)) throw new RangeError(`BAR ${index}: there is no such register, or a 64-bit BAR has it`);
}

/** A region of its own for the arrays of MSI-X, in the first register that nothing has taken. */
function placeMsix(vectors: number, taken: ReadonlySet<number>): { place: MsixPlace; size: number } {
  const bar = Array.from({ length: PCI_STD_NUM_BARS }, (_, index) => index).find(index => !taken.has(index));
  if (bar === undefined) throw new RangeError('no BAR is left for the vector table of MSI-X');
  const pendingOffset = Math.max(0x800, roundUpToPowerOfTwo(PCI_MSIX_ENTRY_SIZE * vectors));
  const pendingLength = pendingBytes(vectors);
  return { place: { bar, pendingOffset, pendingLength }, size: Math.max(0x1000, 2 * pendingOffset) };
}

/** Throws RangeError for what cannot be: sizes, registers that are taken, too many vectors. */
export function buildSoftwareConfig(identity: SoftwareIdentity, bars: Readonly<Record<number, SoftwareBar>>): SoftwareConfig {
  const { msixVectors = 0, vendorId, deviceId, hasIntx = false } = identity;
  if (!Number.isInteger(msixVectors) || msixVectors < 0 || msixVectors > MOST_MSIX_VECTORS) {
    throw new RangeError(`${msixVectors} vectors: wanted 0 to ${MOST_MSIX_VECTORS}`);
  }
  const registers: number[] = new Array(PCI_STD_NUM_BARS).fill(0);
  const sizes: number[] = new Array(PCI_STD_NUM_BARS + 1).fill(0);
  const taken = new Set<number>();
  for (const [key, bar] of Object.entries(bars)) {
    const index = Number(key);
    checkBar(index, bar, taken);
    const { kind = 'memory32', isPrefetchable = false } = bar;
    registers[index] = TYPE_BITS[kind] | (isPrefetchable && kind !== 'io' ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
    sizes[index] = bar.size;
    taken.add(index);
    if (kind === 'memory64') taken.add(index + 1);
  }
  const standard: CapabilityPart[] = [POWER, expressPart()];
  const arrays = msixVectors > 0 ? placeMsix(msixVectors, taken) : null;
  if (arrays !== null) {
    const { bar, pendingOffset } = arrays.place;
    sizes[bar] = arrays.size;
    const control = { tableSize: msixVectors, functionMask: false, enable: false };
    standard.push(capabilityPart(msix, { control, table: { bar, offset: 0 }, pendingBits: { bar, offset: pendingOffset } }));
  }
  const config = buildConfigSpace({
    ...identity,
    subsystemVendorId: identity.subsystemVendorId ?? vendorId,
    subsystemId: identity.subsystemId ?? deviceId,
    interruptPin: hasIntx ? 1 : 0,
    bars: registers,
    standard: [...standard, ...(identity.standard ?? [])],
    size: PCI_CFG_SPACE_EXP_SIZE,
  });
  return { config, sizes, msix: arrays?.place ?? null };
}
