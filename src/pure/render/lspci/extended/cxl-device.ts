/** The text of the PCIe DVSEC for CXL Devices. */
import { formatHex, hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import type { dvsec } from '../../../pci/extended/dvsec.ts';
import { formatFlags, sign } from '../renderer.ts';

type Device = NonNullable<CapabilityFields<typeof dvsec>['cxlDevice']>;
type Range = Device['range1'];

const MEDIA_TYPES: Readonly<Record<string, string>> = { volatile: 'Volatile', 'non-volatile': 'Non-volatile', 'in CDAT': 'CDAT' };
const MEMORY_CLASSES: Readonly<Record<string, string>> = { DRAM: 'DRAM', storage: 'Storage', 'in CDAT': 'CDAT' };
/** Bytes by the code of the unit. */
const CACHE_UNITS = [0, 0x10000, 0x100000];

function formatCacheSize({ cacheSizeUnit, cacheSize }: Device['capability2']): string {
  const unit = CACHE_UNITS[cacheSizeUnit];
  if (unit === undefined) return `Cache Size: ${cacheSize} of unknown unit size (${cacheSizeUnit})`;
  return unit === 0 ? 'Cache Size Not Reported' : `Cache Size: ${hexDigits(cacheSize * unit, 8)}`;
}

function rangeLines(range: Range, name: string): string[] {
  const { sizeLow } = range;
  const base = (BigInt(range.baseHigh) << 32n) | (BigInt(range.baseLow.memoryBaseLow) << 28n);
  const size = (BigInt(range.sizeHigh) << 32n) | (BigInt(sizeLow.memorySizeLow) << 28n);
  const last = BigInt.asUintN(64, base + size - 1n);
  const interleave = sizeLow.desiredInterleave === 'none' ? '0' : sizeLow.desiredInterleave;
  const attributes = [
    `Valid${sign(sizeLow.memoryInfoValid)}`,
    `Active${sign(sizeLow.memoryActive)}`,
    `Type=${MEDIA_TYPES[sizeLow.mediaType] ?? '<?>'}`,
    `Class=${MEMORY_CLASSES[sizeLow.memoryClass] ?? '<?>'}`,
    `interleave=${interleave.startsWith('unknown') ? '<?>' : interleave}`,
    `timeout=${sizeLow.memoryActiveTimeout}s`,
  ];
  return [`${name}: ${hexDigits(base, 16)}-${hexDigits(last, 16)} [size=${formatHex(size)}]`, `\t${attributes.join(' ')}`];
}

function formatCapability(capability: Device['capability']): string {
  const protocols = formatFlags({
    Cache: capability.cacheCapable,
    IO: capability.ioCapable,
    Mem: capability.memCapable,
    MemHWInit: capability.memHwInitMode,
  });
  return `CXLCap:\t${protocols} HDMCount ${capability.hdmCount} Viral${sign(capability.viralCapable)}`;
}

function formatControl(control: Device['control']): string {
  const protocols = formatFlags({ Cache: control.cacheEnable, IO: control.ioEnable, Mem: control.memEnable });
  const filter = `CacheSFCov ${control.cacheSnoopFilterCoverage} CacheSFGran ${control.cacheSnoopFilterGranularity}`;
  return `CXLCtl:\t${protocols} ${filter} ${formatFlags({ CacheClean: control.cacheCleanEviction, Viral: control.viralEnable })}`;
}

function formatControl2(control2: Device['control2'], revision: number): string {
  const flags = formatFlags({
    DisableCaching: control2.disableCaching,
    'InitCacheWB&Inval': control2.initiateCacheWritebackAndInvalidation,
    InitRst: control2.initiateCxlReset,
    RstMemClrEn: control2.cxlResetMemClearEnable,
  });
  const desired = ` DesiredVolatileHDMStateAfterHotReset${sign(control2.desiredVolatileHdmStateAfterHotReset)}`;
  return `CXLCtl2:\t${flags}${revision >= 2 ? desired : ''}`;
}

function formatCapability3(capability3: NonNullable<Device['capability3']>): string {
  const states = formatFlags({
    ColdReset: capability3.defaultVolatileHdmStateAfterColdReset,
    WarmReset: capability3.defaultVolatileHdmStateAfterWarmReset,
    HotReset: capability3.defaultVolatileHdmStateAfterHotReset,
    HotResetConfigurability: capability3.volatileHdmStateAfterHotResetConfigurability,
  });
  return `CXLCap3:\tDefaultVolatile HDM State After:\t${states}`;
}

/** The lines below the DVSEC's name, from revision 1 on; lspci prints none for revision 0, which CXL 1.1 defined. */
export function cxlDeviceLines(device: Device, revision: number): string[] {
  if (revision === 0) return [];
  const { status2, capability3 } = device;
  const status = {
    ResetComplete: status2.cxlResetComplete,
    ResetError: status2.cxlResetError,
    PMComplete: status2.powerManagementInitializationComplete,
  };
  return [
    formatCapability(device.capability),
    formatControl(device.control),
    `CXLSta:\tViral${sign(device.status.viralStatus)}`,
    formatControl2(device.control2, revision),
    `CXLSta2:\t${formatFlags(status)}`,
    `CXLCap2:\t${formatCacheSize(device.capability2)}`,
    ...rangeLines(device.range1, 'Range1'),
    ...rangeLines(device.range2, 'Range2'),
    ...(capability3 === undefined ? [] : [formatCapability3(capability3)]),
  ];
}
