/** What a host would say of the IOMMU behind a device if it ran another kernel, as far as what it says now decides that. */
import { IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED, IOMMU_HW_INFO_TYPE_ARM_SMMUV3, IOMMU_HW_INFO_TYPE_NONE } from '../spec/iommufd/hw-info.ts';
import { type AtsEvidence, atsEvidenceOf, notAskedYet } from './ats-evidence.ts';
import { type HostIommuDevice, legacyVfioDevice, noReportDevice, reportedDevice } from './host-iommu-device.ts';
import { kernelHas } from './kernel-features.ts';
import type { HwInfoReport } from './report.ts';

const FLAG = BigInt(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED);

/** Without the flag that a kernel does not know, which it therefore never sets. */
const withoutFlag = (report: HwInfoReport): HwInfoReport => ({
  ...report,
  capabilities: report.capabilities === null ? null : BigInt(report.capabilities) & ~FLAG,
});

/** A clear flag says something only if it was known; a set one is the IOMMU's word to every kernel that knows the flag. */
function atsUnder(kernel: string, report: HwInfoReport, asked: string | null): { report: HwInfoReport; evidence: AtsEvidence } {
  const knows = kernelHas(kernel, 'hw-info-ats');
  const renamed = { ...(knows === false ? withoutFlag(report) : report), kernel };
  const isSet = (BigInt(report.capabilities ?? 0) & FLAG) !== 0n;
  const isOpen = isSet ? knows === null : kernelHas(asked, 'hw-info-ats') !== true;
  if (knows === false || asked === null || !isOpen) return { report: renamed, evidence: atsEvidenceOf(renamed) };
  return { report: withoutFlag(renamed), evidence: notAskedYet(kernel, asked) };
}

/** Registers of the IOMMU as the kernel reports them; null where an older one reported none. */
function registersUnder(kernel: string, { type, data }: HwInfoReport, asked: string | null): Pick<HwInfoReport, 'type' | 'data'> | null {
  const has = kernelHas(kernel, 'hw-info-smmuv3');
  if (type === IOMMU_HW_INFO_TYPE_ARM_SMMUV3 && has === false) return { type: IOMMU_HW_INFO_TYPE_NONE, data: new Uint8Array(0) };
  const mayGain = type === IOMMU_HW_INFO_TYPE_NONE && has !== false && kernelHas(asked, 'hw-info-smmuv3') === false;
  return mayGain ? null : { type, data };
}

/**
 * The host IOMMU device under a kernel of the release `kernel`, where `known` is what the host's own kernel said; null where it said
 * nothing. What an older kernel could not say is not known of a newer one.
 */
export function underKernel(known: HostIommuDevice | null, kernel: string): HostIommuDevice {
  if (known?.kernel === kernel) return known;
  const report = known?.report ?? null;
  if (known === null || report === null) return (known?.backend === 'legacy' ? legacyVfioDevice : noReportDevice)(kernel);
  const asked = known.kernel;
  const registers = registersUnder(kernel, report, asked);
  if (registers === null || kernelHas(kernel, 'vfio-cdev') === false) return noReportDevice(kernel);
  const { report: made, evidence } = atsUnder(kernel, report, asked);
  const lacksPasid = kernelHas(kernel, 'hw-info-pasid') === false;
  const knowsPasid = lacksPasid || (known.knowsPasid && (kernelHas(asked, 'hw-info-pasid') !== false || report.maxPasidLog2 > 0));
  const maxPasidLog2 = lacksPasid ? 0 : report.maxPasidLog2;
  return reportedDevice({ ...made, ...registers, maxPasidLog2 }, knowsPasid, evidence);
}
