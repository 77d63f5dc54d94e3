/** The host IOMMU device: the host's answers about the IOMMU behind an assigned device. */
import { IOMMU_HW_CAP_PCI_PASID_EXEC, IOMMU_HW_CAP_PCI_PASID_PRIV } from '../spec/iommufd/hw-info.ts';
import { type AtsEvidence, type AtsSupport, atsEvidenceOf, LEGACY_CONTAINER, NO_REPORT } from './ats-evidence.ts';
import type { HwInfoReport } from './report.ts';

/** Width of PASIDs in bits, and whether Execute and Privileged Mode are enabled on the device. */
export interface HostPasid {
  readonly maxLog2: number;
  readonly exec: boolean;
  readonly priv: boolean;
}

/** Every answer is worked out once: asking costs nothing and allocates nothing. */
export interface HostIommuDevice {
  readonly backend: 'iommufd' | 'legacy' | 'none';
  /** Whether the host says that ATS can be used for the device: supported, unsupported or unreported. */
  atsSupport(): AtsSupport;
  /** The same answer with its reason. */
  atsEvidence(): AtsEvidence;
  /** null where the kernel reported that PASID cannot be used, or where its report is unknown. */
  pasid(): HostPasid | null;
  /** Whether a VMM gets the answer of `pasid()`: the width was reported, or the backend has no way to ask. */
  readonly knowsPasid: boolean;
  readonly report: HwInfoReport | null;
  /** `uname -r` of the host, also of one that reported nothing; null where it is not known. */
  readonly kernel: string | null;
}

function pasidOf(report: HwInfoReport): HostPasid | null {
  // EXEC and PRIV mean nothing without a width (linux/iommufd.h).
  if (report.maxPasidLog2 === 0) return null;
  const capabilities = BigInt(report.capabilities ?? 0);
  const has = (flag: number): boolean => (capabilities & BigInt(flag)) !== 0n;
  return Object.freeze({
    maxLog2: report.maxPasidLog2,
    exec: has(IOMMU_HW_CAP_PCI_PASID_EXEC),
    priv: has(IOMMU_HW_CAP_PCI_PASID_PRIV),
  });
}

/**
 * A device bound to iommufd, whose IOMMU_GET_HW_INFO answer is `report`; `knowsPasid` is false where somebody made the report up
 * without saying anything about PASID.
 */
export function iommufdDevice(report: HwInfoReport, knowsPasid = true): HostIommuDevice {
  return reportedDevice(report, knowsPasid, atsEvidenceOf(report));
}

/** The same where something else than the report says what is known of ATS. */
export function reportedDevice(report: HwInfoReport, knowsPasid: boolean, evidence: AtsEvidence): HostIommuDevice {
  const { answer } = evidence;
  const pasid = pasidOf(report);
  const kernel = report.kernel ?? null;
  return { backend: 'iommufd', report, kernel, knowsPasid, atsSupport: () => answer, atsEvidence: () => evidence, pasid: () => pasid };
}

function silentDevice(backend: 'legacy' | 'none', evidence: AtsEvidence, kernel: string | null): HostIommuDevice {
  const { answer } = evidence;
  const knowsPasid = backend === 'legacy';
  return Object.freeze({
    backend,
    report: null,
    kernel,
    knowsPasid,
    atsSupport: () => answer,
    atsEvidence: () => evidence,
    pasid: () => null,
  });
}

const LEGACY = silentDevice('legacy', LEGACY_CONTAINER, null);
const SILENT = silentDevice('none', NO_REPORT, null);

/** A device in a legacy VFIO container: the kernel, whose release is `kernel` where that is known, cannot be asked. */
export function legacyVfioDevice(kernel: string | null = null): HostIommuDevice {
  return kernel === null ? LEGACY : silentDevice('legacy', LEGACY_CONTAINER, kernel);
}

/** A device about which nothing was reported, of a host whose kernel is `kernel` where that is known. */
export function noReportDevice(kernel: string | null = null): HostIommuDevice {
  return kernel === null ? SILENT : silentDevice('none', NO_REPORT, kernel);
}
