/** The JSON of `probe`: numbers of registers, sizes and flags as hex strings, bytes as they came beside what they mean. */

import { formatHex, formatHexBytes } from '../bytes/hex.ts';
import { formatConfigText } from '../capture/config-text.ts';
import type { VfioIrqInfo, VfioRegionInfo } from '../device/vfio-info.ts';
import { decodeHwInfo, type HwInfoReport } from '../iommu/index.ts';
import { hwInfoRegisters } from './hw-info-registers.ts';
import { interruptName, type ProbeReport, probeDifferences, regionName } from './probe-report.ts';
import { registersJson } from './registers-json.ts';
import type { HwInfoJson } from './schemas/hw-info.ts';
import type { ProbeJson } from './schemas/probe.ts';
import { PROBE_SCHEMA_VERSION } from './versions.ts';

function hwInfoJson(report: HwInfoReport): HwInfoJson {
  const { type, data, capabilities, maxPasidLog2 } = report;
  const decoded = decodeHwInfo(report);
  return {
    type: formatHex(type),
    typeName: decoded.type,
    data: formatHexBytes(data),
    capabilities: capabilities === null ? null : formatHex(capabilities),
    capabilityFlags: decoded.capabilities && registersJson(decoded.capabilities),
    maxPasidLog2,
    registers: hwInfoRegisters(report).map(({ name, raw, size, fields }) => ({
      name,
      raw: formatHex(raw, 2 * size),
      fields: fields && registersJson(fields),
    })),
    meaning: decoded.meaning,
    errata: decoded.errata,
    notes: decoded.notes,
  };
}

function regionJson(region: VfioRegionInfo): ProbeJson['regions'][number] {
  const { index, flags, size, offset, isReadable, isWritable, mappable, isMsixMappable, type } = region;
  return {
    index,
    name: regionName(region),
    flags: formatHex(flags),
    size: formatHex(size),
    offset: formatHex(offset),
    isReadable,
    isWritable,
    mappable: mappable.map(area => ({ offset: formatHex(area.offset), size: formatHex(area.size) })),
    isMsixMappable,
    type: type && { type: formatHex(type.type), subtype: formatHex(type.subtype) },
  };
}

function interruptJson(interrupt: VfioIrqInfo): ProbeJson['interrupts'][number] {
  const { index, flags, ...rest } = interrupt;
  return { index, name: interruptName(interrupt), flags: formatHex(flags), ...rest };
}

/** One device as JSON. */
export function probeJson(report: ProbeReport): ProbeJson {
  const { bdf, driver, backend, path, iommuGroup, kernel, hostIommu, moreReports, flags, canReset, hardware, vfio } = report;
  const { compared, differences } = probeDifferences(report);
  return {
    schemaVersion: PROBE_SCHEMA_VERSION,
    bdf: String(bdf),
    driver,
    backend,
    path,
    iommuGroup,
    kernel,
    ats: hostIommu.atsEvidence(),
    pasid: hostIommu.pasid(),
    hwInfo: hostIommu.report === null ? null : hwInfoJson(hostIommu.report),
    moreHwInfo: moreReports.map(hwInfoJson),
    device: { flags: formatHex(flags), canReset },
    config: {
      hardware: formatConfigText(hardware),
      vfio: formatConfigText(vfio),
      compared,
      differences: differences.map(({ at, a, b, ...where }) => ({ at: formatHex(at, 3), ...where, hardware: a, vfio: b })),
    },
    regions: report.regions.map(regionJson),
    interrupts: report.interrupts.map(interruptJson),
  };
}
