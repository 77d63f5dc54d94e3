/** Registers of the PCIe DVSEC for CXL Devices, DVSEC ID 0 (CXL 3.1 §8.1.3). */
import { bit, bits, choice, flag, mapped } from '../../bytes/bits.ts';
import { group, type Peek, reg16, reg32, u32, when } from '../../bytes/layout.ts';
import { PCI_DVSEC_CXL_CAP } from '../../spec/pci-regs.ts';
import { CXL_CACHE_CAPABLE, CXL_DEVICE_SIZE } from '../../spec/pcie.ts';
import { type AddressPlace, zeroed } from '../private-place.ts';

const LENGTH_WITHOUT_CAPABILITY_3 = 0x38;

/** From revision 2 on there is a third capability register. */
export function cxlDeviceEnd(revision: number, length: number): number {
  if (length < LENGTH_WITHOUT_CAPABILITY_3) return 0;
  return revision >= 2 && length >= CXL_DEVICE_SIZE ? CXL_DEVICE_SIZE : LENGTH_WITHOUT_CAPABILITY_3;
}

/** Seconds within which memory becomes active, by code; the last three are reserved and go on as lspci reads them. */
const TIMEOUTS = [1, 4, 16, 64, 256, 1024, 4096, 16384];

const RANGE_1 = 0x18;
const RANGE_2 = 0x28;
/** Where the base stands in a range, high dword first. */
const RANGE_BASE = 8;

/** The two memory ranges: where the host has the device's memory, in bits [63:28]. */
export function cxlDevicePlaces(at: number): AddressPlace[] {
  return [RANGE_1, RANGE_2].flatMap((range, i) => [
    zeroed(at + range + RANGE_BASE, `CXL range ${i + 1}, upper half`, 0),
    zeroed(at + range + RANGE_BASE + 4, `CXL range ${i + 1}`, 0x0fffffff),
  ]);
}

/** One of the two memory ranges. Sizes and bases are multiples of 256 MB. */
function range(at: number) {
  return group({
    sizeHigh: u32(at),
    sizeLow: reg32(at + 4, {
      memoryInfoValid: bit(0),
      memoryActive: bit(1),
      mediaType: choice(2, 4, { 0: 'volatile', 1: 'non-volatile', 2: 'in CDAT', 7: 'not memory' }),
      memoryClass: choice(5, 7, { 0: 'DRAM', 1: 'storage', 2: 'in CDAT' }),
      // Bytes of one interleave way.
      desiredInterleave: choice(8, 12, {
        0: 'none',
        1: '256',
        2: '4096',
        3: '512',
        4: '1024',
        5: '2048',
        6: '8192',
        7: '16384',
      }),
      memoryActiveTimeout: mapped(
        13,
        15,
        raw => TIMEOUTS[raw] ?? 0,
        seconds => TIMEOUTS.indexOf(seconds),
      ),
      memoryActiveDegraded: bit(16),
      memorySizeLow: bits(28, 31),
    }),
    baseHigh: u32(at + RANGE_BASE),
    baseLow: reg32(at + RANGE_BASE + 4, { memoryBaseLow: bits(28, 31) }),
  });
}

/** What every revision has. */
const REGISTERS = {
  capability: reg16(PCI_DVSEC_CXL_CAP, {
    cacheCapable: flag(CXL_CACHE_CAPABLE),
    ioCapable: bit(1),
    memCapable: bit(2),
    memHwInitMode: bit(3),
    hdmCount: bits(4, 5),
    cacheWritebackAndInvalidateCapable: bit(6),
    cxlResetCapable: bit(7),
    // 10 ms, 100 ms, 1 s, 10 s, 100 s.
    cxlResetTimeout: bits(8, 10),
    cxlResetMemClearCapable: bit(11),
    tspCapable: bit(12),
    multipleLogicalDevice: bit(13),
    viralCapable: bit(14),
    pmInitCompletionReportingCapable: bit(15),
  }),
  control: reg16(0x0c, {
    cacheEnable: bit(0),
    ioEnable: bit(1),
    memEnable: bit(2),
    cacheSnoopFilterCoverage: bits(3, 7),
    cacheSnoopFilterGranularity: bits(8, 10),
    cacheCleanEviction: bit(11),
    directP2pMemEnable: bit(12),
    viralEnable: bit(14),
  }),
  status: reg16(0x0e, { viralStatus: bit(14) }),
  control2: reg16(0x10, {
    disableCaching: bit(0),
    initiateCacheWritebackAndInvalidation: bit(1),
    initiateCxlReset: bit(2),
    cxlResetMemClearEnable: bit(3),
    desiredVolatileHdmStateAfterHotReset: bit(4),
    modifiedCompletionEnable: bit(5),
  }),
  status2: reg16(0x12, {
    cacheInvalid: bit(0),
    cxlResetComplete: bit(1),
    cxlResetError: bit(2),
    volatileHdmPreservationError: bit(3),
    powerManagementInitializationComplete: bit(15),
  }),
  lock: reg16(0x14, { configLock: bit(0) }),
  capability2: reg16(0x16, {
    // 0: size not reported, 1: 64 KB, 2: 1 MB.
    cacheSizeUnit: bits(0, 3),
    fallbackCapability: choice(4, 5, { 0: 'none', 1: 'PCIe', 2: 'CXL type 1', 3: 'CXL type 3' }),
    modifiedCompletionCapable: bit(6),
    noCleanWriteback: bit(7),
    cacheSize: bits(8, 15),
  }),
  range1: range(RANGE_1),
  range2: range(RANGE_2),
};

/** From revision 2 on. */
const CAPABILITY_3 = reg32(0x38, {
  defaultVolatileHdmStateAfterColdReset: bit(0),
  defaultVolatileHdmStateAfterWarmReset: bit(1),
  defaultVolatileHdmStateAfterHotReset: bit(2),
  volatileHdmStateAfterHotResetConfigurability: bit(3),
  directP2pMemCapable: bit(4),
});

/** The registers, with `hasCapability3` to say whether the DVSEC reaches that far. */
export function cxlDevice(hasCapability3: (peek: Peek) => boolean) {
  return group({ ...REGISTERS, capability3: when(hasCapability3, CAPABILITY_3) });
}
