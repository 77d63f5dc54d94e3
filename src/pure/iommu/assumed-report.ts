/** A host IOMMU device with some answers replaced by assumed ones, for "what if" questions. */
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice, noReportDevice } from './host-iommu-device.ts';

/** Assumed parts of a host's answer; parts that are left out stay as the host gave them. */
export interface AssumedReport {
  /** How the kernel is asked. A legacy container reports nothing, whatever else is assumed. */
  readonly backend?: 'iommufd' | 'legacy' | undefined;
  /** out_capabilities of IOMMU_GET_HW_INFO, 64 bits. */
  readonly capabilities?: bigint | undefined;
  /** out_max_pasid_log2 of IOMMU_GET_HW_INFO, in bits. */
  readonly maxPasidLog2?: number | undefined;
  /** The host's `uname -r`. */
  readonly kernel?: string | undefined;
}

function isNothing({ backend, capabilities, maxPasidLog2, kernel }: AssumedReport): boolean {
  return backend === undefined && capabilities === undefined && maxPasidLog2 === undefined && kernel === undefined;
}

/** The host IOMMU device as it would be if `assumed` held; `known` is what was really reported, if anything was. */
export function assumeReport(known: HostIommuDevice | null, assumed: AssumedReport): HostIommuDevice {
  if (isNothing(assumed)) return known ?? noReportDevice();
  const kernel = assumed.kernel ?? known?.kernel ?? null;
  if (assumed.backend === 'legacy') return legacyVfioDevice(kernel);
  const { capabilities, maxPasidLog2 } = assumed;
  const report = known?.report ?? null;
  if (report === null && capabilities === undefined && maxPasidLog2 === undefined) {
    const isLegacy = assumed.backend !== 'iommufd' && known?.backend === 'legacy';
    return (isLegacy ? legacyVfioDevice : noReportDevice)(kernel);
  }
  const answer = {
    type: report?.type ?? 0,
    data: report?.data ?? new Uint8Array(0),
    capabilities: capabilities ?? report?.capabilities ?? null,
    maxPasidLog2: maxPasidLog2 ?? report?.maxPasidLog2 ?? 0,
    ...(kernel !== null && { kernel }),
  };
  return iommufdDevice(answer, report !== null || maxPasidLog2 !== undefined);
}
