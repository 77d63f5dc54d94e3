/** What doctor says of Arm's own parts: SMMUv3 and the interrupt translation service (seen with Linux 7.3, uAPI linux/iommufd.h). */
import { decodeHwInfo, type HostIommuDevice } from '../../pure/iommu/index.ts';

export function isArm(architecture: string | null): boolean {
  return /^(?:aarch64|arm64)$/.test(architecture ?? '');
}

export const SMMU_FIX =
  'switch the SMMU on in the firmware, which must describe it (ACPI table IORT, or a device tree), and boot a kernel that is built with CONFIG_ARM_SMMU_V3';

export const ITS_WANTED = 'wanted an interrupt translation service (GICv3 ITS), or the risk taken';

/**
 * Why the kernel reports ATS as not supported behind an SMMUv3, as far as the SMMU's own register says; null where it reports no such
 * thing, and for another IOMMU. Whether ATS can be
 * used is the kernel's word alone: the register is that of the SMMU, the word that of the device.
 */
export function smmuAtsCause(iommu: HostIommuDevice): string | null {
  const { report } = iommu;
  const info = report === null || iommu.atsSupport() !== 'unsupported' ? null : decodeHwInfo(report);
  if (info?.type !== 'arm-smmuv3' || info.fields.idr0 === undefined) return null;
  return info.fields.idr0.ATS
    ? 'Its SMMU has ATS (IDR0.ATS is 1): the firmware does not say so of the root complex (IORT, or ats-supported in a device tree), or the kernel leaves ATS off for the device.'
    : 'Its SMMU has no ATS (IDR0.ATS is 0).';
}
