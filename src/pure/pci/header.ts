/** The configuration header: the registers that all functions share and those of the three layouts (PCI 3.0 §6.1; PCIe 6.0 §7.5.1). */
import { bit, bits, choice, flag, span } from '../bytes/bits.ts';
import { type Fields, layout, list, type Piece, reg8, reg16, u8, u16, u32 } from '../bytes/layout.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BIST,
  PCI_BRIDGE_CONTROL,
  PCI_CACHE_LINE_SIZE,
  PCI_CAPABILITY_LIST,
  PCI_CARDBUS_CIS,
  PCI_CB_BRIDGE_CONTROL,
  PCI_CB_CAPABILITY_LIST,
  PCI_CB_CARD_BUS,
  PCI_CB_IO_BASE_0,
  PCI_CB_IO_BASE_1,
  PCI_CB_IO_LIMIT_0,
  PCI_CB_IO_LIMIT_1,
  PCI_CB_LATENCY_TIMER,
  PCI_CB_LEGACY_MODE_BASE,
  PCI_CB_MEMORY_BASE_0,
  PCI_CB_MEMORY_BASE_1,
  PCI_CB_MEMORY_LIMIT_0,
  PCI_CB_MEMORY_LIMIT_1,
  PCI_CB_PRIMARY_BUS,
  PCI_CB_SEC_STATUS,
  PCI_CB_SUBORDINATE_BUS,
  PCI_CB_SUBSYSTEM_ID,
  PCI_CB_SUBSYSTEM_VENDOR_ID,
  PCI_CLASS_DEVICE,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_MFD,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_IO_BASE,
  PCI_IO_BASE_UPPER16,
  PCI_IO_LIMIT,
  PCI_IO_LIMIT_UPPER16,
  PCI_LATENCY_TIMER,
  PCI_MAX_LAT,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_MIN_GNT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
  PCI_PRIMARY_BUS,
  PCI_REVISION_ID,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
  PCI_SEC_LATENCY_TIMER,
  PCI_SEC_STATUS,
  PCI_SECONDARY_BUS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STD_NUM_BARS,
  PCI_SUBORDINATE_BUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../spec/pci-regs.ts';
import { BAR_COUNTS, BASE_CLASS } from '../spec/pcie.ts';
import type { ConfigSpace } from './config-space.ts';

/** When a target answers on a conventional bus; PCI Express functions say `fast`. */
const devsel = choice(9, 10, { 0: 'fast', 1: 'medium', 2: 'slow' });

/** The first 16 bytes of every header (PCIe 6.0 §7.5.1.1). */
export const commonHeader = layout({
  vendorId: u16(PCI_VENDOR_ID),
  deviceId: u16(PCI_DEVICE_ID),
  command: reg16(PCI_COMMAND, {
    ioSpaceEnable: flag(PCI_COMMAND_IO),
    memorySpaceEnable: flag(PCI_COMMAND_MEMORY),
    busMasterEnable: flag(PCI_COMMAND_MASTER),
    specialCycleEnable: bit(3),
    memoryWriteAndInvalidate: bit(4),
    vgaPaletteSnoop: bit(5),
    parityErrorResponse: bit(6),
    idselStepping: bit(7),
    serrEnable: bit(8),
    fastBackToBackEnable: bit(9),
    interruptDisable: flag(PCI_COMMAND_INTX_DISABLE),
  }),
  status: reg16(PCI_STATUS, {
    immediateReadiness: bit(0),
    interruptStatus: bit(3),
    capabilitiesList: flag(PCI_STATUS_CAP_LIST),
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
  revisionId: u8(PCI_REVISION_ID),
  programmingInterface: u8(PCI_CLASS_PROG),
  subclass: u8(PCI_CLASS_DEVICE),
  baseClass: u8(BASE_CLASS),
  // Dwords.
  cacheLineSize: u8(PCI_CACHE_LINE_SIZE),
  // Clocks of the conventional bus.
  latencyTimer: u8(PCI_LATENCY_TIMER),
  headerType: reg8(PCI_HEADER_TYPE, { layout: bits(...span(PCI_HEADER_TYPE_MASK)), multiFunction: flag(PCI_HEADER_TYPE_MFD) }),
  bist: reg8(PCI_BIST, { completionCode: bits(0, 3), start: bit(6), capable: bit(7) }),
});

function bars(count: number): Piece<number[]> {
  return list(PCI_BASE_ADDRESS_0, 4, () => count, u32(0));
}

/** Type 0: endpoints (PCIe 6.0 §7.5.1.2). */
export const type0Header = layout({
  bars: bars(PCI_STD_NUM_BARS),
  cardbusCisPointer: u32(PCI_CARDBUS_CIS),
  subsystemVendorId: u16(PCI_SUBSYSTEM_VENDOR_ID),
  subsystemId: u16(PCI_SUBSYSTEM_ID),
  expansionRom: u32(PCI_ROM_ADDRESS),
  capabilitiesPointer: u8(PCI_CAPABILITY_LIST),
  interruptLine: u8(PCI_INTERRUPT_LINE),
  // 0: none, 1 to 4: INTA to INTD.
  interruptPin: u8(PCI_INTERRUPT_PIN),
  // Quarters of a microsecond.
  minGrant: u8(PCI_MIN_GNT),
  maxLatency: u8(PCI_MAX_LAT),
});

/** Type 1: bridges and ports (PCI-to-PCI Bridge 1.2 §3.2; PCIe 6.0 §7.5.1.3). `decodeBridgeWindows` decodes the windows' raw registers. */
export const type1Header = layout({
  bars: bars(BAR_COUNTS[1]),
  primaryBus: u8(PCI_PRIMARY_BUS),
  secondaryBus: u8(PCI_SECONDARY_BUS),
  subordinateBus: u8(PCI_SUBORDINATE_BUS),
  secondaryLatencyTimer: u8(PCI_SEC_LATENCY_TIMER),
  ioBase: u8(PCI_IO_BASE),
  ioLimit: u8(PCI_IO_LIMIT),
  secondaryStatus: reg16(PCI_SEC_STATUS, {
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
  memoryBase: u16(PCI_MEMORY_BASE),
  memoryLimit: u16(PCI_MEMORY_LIMIT),
  prefetchableBase: u16(PCI_PREF_MEMORY_BASE),
  prefetchableLimit: u16(PCI_PREF_MEMORY_LIMIT),
  prefetchableBaseUpper: u32(PCI_PREF_BASE_UPPER32),
  prefetchableLimitUpper: u32(PCI_PREF_LIMIT_UPPER32),
  ioBaseUpper: u16(PCI_IO_BASE_UPPER16),
  ioLimitUpper: u16(PCI_IO_LIMIT_UPPER16),
  capabilitiesPointer: u8(PCI_CAPABILITY_LIST),
  expansionRom: u32(PCI_ROM_ADDRESS1),
  interruptLine: u8(PCI_INTERRUPT_LINE),
  interruptPin: u8(PCI_INTERRUPT_PIN),
  bridgeControl: reg16(PCI_BRIDGE_CONTROL, {
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
  bars: bars(BAR_COUNTS[2]),
  capabilitiesPointer: u8(PCI_CB_CAPABILITY_LIST),
  secondaryStatus: reg16(PCI_CB_SEC_STATUS, {
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
  pciBus: u8(PCI_CB_PRIMARY_BUS),
  cardbusBus: u8(PCI_CB_CARD_BUS),
  subordinateBus: u8(PCI_CB_SUBORDINATE_BUS),
  cardbusLatencyTimer: u8(PCI_CB_LATENCY_TIMER),
  memoryBase0: u32(PCI_CB_MEMORY_BASE_0),
  memoryLimit0: u32(PCI_CB_MEMORY_LIMIT_0),
  memoryBase1: u32(PCI_CB_MEMORY_BASE_1),
  memoryLimit1: u32(PCI_CB_MEMORY_LIMIT_1),
  ioBase0: u32(PCI_CB_IO_BASE_0),
  ioLimit0: u32(PCI_CB_IO_LIMIT_0),
  ioBase1: u32(PCI_CB_IO_BASE_1),
  ioLimit1: u32(PCI_CB_IO_LIMIT_1),
  interruptLine: u8(PCI_INTERRUPT_LINE),
  interruptPin: u8(PCI_INTERRUPT_PIN),
  bridgeControl: reg16(PCI_CB_BRIDGE_CONTROL, {
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
  subsystemVendorId: u16(PCI_CB_SUBSYSTEM_VENDOR_ID),
  subsystemId: u16(PCI_CB_SUBSYSTEM_ID),
  legacyBase: u32(PCI_CB_LEGACY_MODE_BASE),
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
  const type0 = kind === PCI_HEADER_TYPE_NORMAL ? type0Header.decode(config, 0) : null;
  const type1 = kind === PCI_HEADER_TYPE_BRIDGE ? type1Header.decode(config, 0) : null;
  const type2 = kind === PCI_HEADER_TYPE_CARDBUS ? type2Header.decode(config, 0) : null;
  return {
    common: common.fields,
    layout: kind,
    type0: type0?.fields ?? null,
    type1: type1?.fields ?? null,
    type2: type2?.fields ?? null,
    missing: [...common.missing, ...((type0 ?? type1 ?? type2)?.missing ?? [])],
  };
}
