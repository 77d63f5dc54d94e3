/** The configuration header: the registers that all functions share and those of the three layouts (PCI 3.0 §6.1; PCIe 6.0 §7.5.1). */
import { bit, bits, choice } from '../bytes/bits.ts';
import { type Fields, layout, list, type Piece, reg8, reg16, u8, u16, u32 } from '../bytes/layout.ts';
import type { ConfigSpace } from './config-space.ts';

/** Offsets that other parts of the library need by name. */
export const HEADER_TYPE = 0x0e;
export const FIRST_BAR = 0x10;

/** When a target answers on a conventional bus; PCI Express functions say `fast`. */
const devsel = choice(9, 10, { 0: 'fast', 1: 'medium', 2: 'slow' });

/** The first 16 bytes of every header (PCIe 6.0 §7.5.1.1). */
export const commonHeader = layout({
  vendorId: u16(0x00),
  deviceId: u16(0x02),
  command: reg16(0x04, {
    ioSpaceEnable: bit(0),
    memorySpaceEnable: bit(1),
    busMasterEnable: bit(2),
    specialCycleEnable: bit(3),
    memoryWriteAndInvalidate: bit(4),
    vgaPaletteSnoop: bit(5),
    parityErrorResponse: bit(6),
    idselStepping: bit(7),
    serrEnable: bit(8),
    fastBackToBackEnable: bit(9),
    interruptDisable: bit(10),
  }),
  status: reg16(0x06, {
    immediateReadiness: bit(0),
    interruptStatus: bit(3),
    capabilitiesList: bit(4),
    capable66Mhz: bit(5),
    userDefinableFeatures: bit(6),
    fastBackToBackCapable: bit(7),
    masterDataParityError: bit(8),
    devselTiming: devsel,
    signaledTargetAbort: bit(11),
    receivedTargetAbort: bit(12),
    receivedMasterAbort: bit(13),
    signaledSystemError: bit(14),
    detectedParityError: bit(15),
  }),
  revisionId: u8(0x08),
  programmingInterface: u8(0x09),
  subclass: u8(0x0a),
  baseClass: u8(0x0b),
  // Dwords.
  cacheLineSize: u8(0x0c),
  // Clocks of the conventional bus.
  latencyTimer: u8(0x0d),
  headerType: reg8(HEADER_TYPE, { layout: bits(0, 6), multiFunction: bit(7) }),
  bist: reg8(0x0f, { completionCode: bits(0, 3), start: bit(6), capable: bit(7) }),
});

function bars(count: number): Piece<number[]> {
  return list(FIRST_BAR, 4, () => count, u32(0));
}

/** Type 0: endpoints (PCIe 6.0 §7.5.1.2). */
export const type0Header = layout({
  bars: bars(6),
  cardbusCisPointer: u32(0x28),
  subsystemVendorId: u16(0x2c),
  subsystemId: u16(0x2e),
  expansionRom: u32(0x30),
  capabilitiesPointer: u8(0x34),
  interruptLine: u8(0x3c),
  // 0: none, 1 to 4: INTA to INTD.
  interruptPin: u8(0x3d),
  // Quarters of a microsecond.
  minGrant: u8(0x3e),
  maxLatency: u8(0x3f),
});

/** Type 1: bridges and ports (PCI-to-PCI Bridge 1.2 §3.2; PCIe 6.0 §7.5.1.3). Windows stand as raw registers, see `decodeBridgeWindows`. */
export const type1Header = layout({
  bars: bars(2),
  primaryBus: u8(0x18),
  secondaryBus: u8(0x19),
  subordinateBus: u8(0x1a),
  secondaryLatencyTimer: u8(0x1b),
  ioBase: u8(0x1c),
  ioLimit: u8(0x1d),
  secondaryStatus: reg16(0x1e, {
    capable66Mhz: bit(5),
    fastBackToBackCapable: bit(7),
    masterDataParityError: bit(8),
    devselTiming: devsel,
    signaledTargetAbort: bit(11),
    receivedTargetAbort: bit(12),
    receivedMasterAbort: bit(13),
    receivedSystemError: bit(14),
    detectedParityError: bit(15),
  }),
  memoryBase: u16(0x20),
  memoryLimit: u16(0x22),
  prefetchableBase: u16(0x24),
  prefetchableLimit: u16(0x26),
  prefetchableBaseUpper: u32(0x28),
  prefetchableLimitUpper: u32(0x2c),
  ioBaseUpper: u16(0x30),
  ioLimitUpper: u16(0x32),
  capabilitiesPointer: u8(0x34),
  expansionRom: u32(0x38),
  interruptLine: u8(0x3c),
  interruptPin: u8(0x3d),
  bridgeControl: reg16(0x3e, {
    parityErrorResponse: bit(0),
    serrEnable: bit(1),
    isaEnable: bit(2),
    vgaEnable: bit(3),
    vga16BitDecode: bit(4),
    masterAbortMode: bit(5),
    secondaryBusReset: bit(6),
    fastBackToBackEnable: bit(7),
    primaryDiscardTimer: bit(8),
    secondaryDiscardTimer: bit(9),
    discardTimerStatus: bit(10),
    discardTimerSerrEnable: bit(11),
  }),
});

/** Type 2: CardBus bridges (PC Card Standard 8.0, Electrical Specification §4.5). */
export const type2Header = layout({
  bars: bars(1),
  capabilitiesPointer: u8(0x14),
  secondaryStatus: reg16(0x16, {
    capable66Mhz: bit(5),
    fastBackToBackCapable: bit(7),
    masterDataParityError: bit(8),
    devselTiming: devsel,
    signaledTargetAbort: bit(11),
    receivedTargetAbort: bit(12),
    receivedMasterAbort: bit(13),
    receivedSystemError: bit(14),
    detectedParityError: bit(15),
  }),
  pciBus: u8(0x18),
  cardbusBus: u8(0x19),
  subordinateBus: u8(0x1a),
  cardbusLatencyTimer: u8(0x1b),
  memoryBase0: u32(0x1c),
  memoryLimit0: u32(0x20),
  memoryBase1: u32(0x24),
  memoryLimit1: u32(0x28),
  ioBase0: u32(0x2c),
  ioLimit0: u32(0x30),
  ioBase1: u32(0x34),
  ioLimit1: u32(0x38),
  interruptLine: u8(0x3c),
  interruptPin: u8(0x3d),
  bridgeControl: reg16(0x3e, {
    parityErrorResponse: bit(0),
    serrEnable: bit(1),
    isaEnable: bit(2),
    vgaEnable: bit(3),
    masterAbortMode: bit(5),
    cardbusReset: bit(6),
    interrupts16Bit: bit(7),
    memory0Prefetchable: bit(8),
    memory1Prefetchable: bit(9),
    writePosting: bit(10),
  }),
  subsystemVendorId: u16(0x40),
  subsystemId: u16(0x42),
  legacyBase: u32(0x44),
});

/** Registers that every function has (PCIe 6.0 §7.5.1.1). */
export type CommonHeader = Fields<typeof commonHeader.pieces>;
/** Registers of an endpoint (PCIe 6.0 §7.5.1.2). */
export type Type0Header = Fields<typeof type0Header.pieces>;
/** Registers of a PCI-to-PCI bridge or port (PCIe 6.0 §7.5.1.3). */
export type Type1Header = Fields<typeof type1Header.pieces>;
/** Registers of a CardBus bridge (PC Card Standard, Volume 7). */
export type Type2Header = Fields<typeof type2Header.pieces>;

/** A decoded header: the common registers, and those of the layout that the function has. A register whose bytes are unknown is absent. */
export interface Header {
  readonly common: Partial<CommonHeader>;
  /** 0, 1 or 2, another number for a layout that no specification defines, null where the register is unknown. */
  readonly layout: number | null;
  readonly type0: Partial<Type0Header> | null;
  readonly type1: Partial<Type1Header> | null;
  readonly type2: Partial<Type2Header> | null;
  /** Offsets of registers whose bytes are unknown. */
  readonly missing: readonly number[];
}

/** Decodes the header of any config space. Never throws. */
export function decodeHeader(config: ConfigSpace): Header {
  const common = commonHeader.decode(config, 0);
  const kind = common.fields.headerType?.layout ?? null;
  const type0 = kind === 0 ? type0Header.decode(config, 0) : null;
  const type1 = kind === 1 ? type1Header.decode(config, 0) : null;
  const type2 = kind === 2 ? type2Header.decode(config, 0) : null;
  return {
    common: common.fields,
    layout: kind,
    type0: type0?.fields ?? null,
    type1: type1?.fields ?? null,
    type2: type2?.fields ?? null,
    missing: [...common.missing, ...((type0 ?? type1 ?? type2)?.missing ?? [])],
  };
}
