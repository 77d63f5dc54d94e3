/** Registers of the CXL Extensions DVSEC for Ports, DVSEC ID 3 (CXL 3.1 §8.1.5), and of Flex Bus Port, ID 7 (CXL 3.1 §8.2.1.3). */
import { bit, bits } from '../../bytes/bits.ts';
import { group, type Peek, reg16, reg32, u8, u16, u32, when } from '../../bytes/layout.ts';
import { FLEX_BUS_SIZE } from '../../spec/pcie.ts';
import { type AddressPlace, zeroed } from '../private-place.ts';

const WINDOWS = 0x10;
const RCRB = 0x20;

export const cxlPortExtensions = group({
  status: reg16(0x0a, { powerManagementInitializationComplete: bit(0), viralStatus: bit(14) }),
  control: reg16(0x0c, {
    unmaskSbr: bit(0),
    unmaskLinkDisable: bit(1),
    alternateMemoryAndIdSpaceEnable: bit(2),
    alternateBme: bit(3),
    uioToHdmEnable: bit(4),
    viralEnable: bit(14),
  }),
  alternateBusBase: u8(0x0e),
  alternateBusLimit: u8(0x0f),
  // As in the bridge header: bits [31:20] of the first and last address in [15:4].
  alternateMemoryBase: u16(WINDOWS),
  alternateMemoryLimit: u16(WINDOWS + 2),
  alternatePrefetchableMemoryBase: u16(WINDOWS + 4),
  alternatePrefetchableMemoryLimit: u16(WINDOWS + 6),
  alternatePrefetchableMemoryBaseHigh: u32(WINDOWS + 8),
  alternatePrefetchableMemoryLimitHigh: u32(WINDOWS + 0xc),
  rcrbBase: reg32(RCRB, { enable: bit(0), baseLow: bits(13, 31) }),
  rcrbBaseHigh: u32(RCRB + 4),
});

/** The windows of the alternate space, closed as those of a bridge are, and where the register block of an RCH's port lies. */
export function cxlPortPlaces(at: number): AddressPlace[] {
  const window = (from: number, what: string): AddressPlace[] => [
    { at: from, length: 2, what: `${what} base`, keep: 0x0f, value: 0xfff0 },
    { at: from + 2, length: 2, what: `${what} limit`, keep: 0x0f, value: 0 },
  ];
  const windows = at + WINDOWS;
  return [
    ...window(windows, 'CXL alternate memory'),
    ...window(windows + 4, 'CXL alternate prefetchable'),
    zeroed(windows + 8, 'CXL alternate prefetchable base, upper half', 0),
    zeroed(windows + 0xc, 'CXL alternate prefetchable limit, upper half', 0),
    zeroed(at + RCRB, 'CXL RCRB base', 0x1fff),
    zeroed(at + RCRB + 4, 'CXL RCRB base, upper half', 0),
  ];
}

const PROTOCOLS = { cache: bit(0), io: bit(1), mem: bit(2) };
const FLIT_MODES = { flit68BAndVh: bit(5), multiLogicalDevice: bit(6), flit256B: bit(13), pbrFlit: bit(14) };
const SYNC = { syncHeaderBypass: bit(3), driftBuffer: bit(4) };

/** 10h bytes in revision 0, 14h in 1, 20h from 2 on, as far as the DVSEC's length reaches. */
export function flexBusPortEnd(revision: number, length: number): number {
  if (revision >= 2 && length >= FLEX_BUS_SIZE) return FLEX_BUS_SIZE;
  if (revision >= 1 && length >= 0x14) return 0x14;
  return length >= 0x10 ? 0x10 : 0;
}

/** `end` says where the registers of this one end, see `flexBusPortEnd`. */
export function flexBusPort(end: (peek: Peek) => number) {
  const inRevision2 = (peek: Peek) => end(peek) >= FLEX_BUS_SIZE;
  return group({
    capability: reg16(0x0a, { ...PROTOCOLS, ...FLIT_MODES }),
    control: reg16(0x0c, { ...PROTOCOLS, ...FLIT_MODES, ...SYNC, disableRcdTraining: bit(7), retimer1: bit(8), retimer2: bit(9) }),
    status: reg16(0x0e, {
      ...PROTOCOLS,
      ...FLIT_MODES,
      ...SYNC,
      evenHalfFailed: bit(7),
      correctableProtocolIdFramingError: bit(8),
      uncorrectableProtocolIdFramingError: bit(9),
      unexpectedProtocolIdDropped: bit(10),
      retimersPresentMismatched: bit(11),
      flexBusEnableBitsPhase2Mismatch: bit(12),
    }),
    receivedModifiedTsDataPhase1: when(peek => end(peek) >= 0x14, reg32(0x10, { data: bits(0, 23) })),
    capability2: when(inRevision2, reg32(0x14, { nopHintCapable: bit(0) })),
    control2: when(inRevision2, reg32(0x18, { nopHintEnable: bit(0) })),
    status2: when(inRevision2, reg32(0x1c, { nopHintInfo: bits(0, 1) })),
  });
}
