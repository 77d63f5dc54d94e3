/**
 * The host IOMMU behind a device: what the kernel reports by IOMMU_GET_HW_INFO, decoded, and what follows for ATS and PASID. A kernel
 * older than 7.1 cannot say that ATS is not supported, so that its silence is "unreported".
 *
 * @module vfio-airlock/iommu
 * @example
 * ```ts
 * import { decodeHwInfo, iommufdDevice, legacyVfioDevice } from 'vfio-airlock/iommu';
 *
 * const report = { type: 0, data: new Uint8Array(0), capabilities: 0x8n, maxPasidLog2: 0, kernel: '7.3.4' };
 * decodeHwInfo(report).capabilities?.PCI_ATS_NOT_SUPPORTED; // → true
 * iommufdDevice(report).atsSupport(); // → 'unsupported'
 * iommufdDevice({ ...report, capabilities: 0n }).atsSupport(); // → 'supported'
 * iommufdDevice({ ...report, capabilities: 0n, kernel: '6.12.1' }).atsSupport(); // → 'unreported'
 * legacyVfioDevice().atsSupport(); // → 'unreported'
 * ```
 */

export { AMD_VMM_FIELDS, type AmdFields, type AmdMeaning, encodeHwInfoAmd } from './amd.ts';
export { type AssumedReport, assumeReport } from './assumed-report.ts';
export type { AtsEvidence, AtsSupport } from './ats-evidence.ts';
export { type HostIommuDevice, type HostPasid, iommufdDevice, legacyVfioDevice, noReportDevice } from './host-iommu-device.ts';
export { type DecodedHwInfo, decodeHwInfo, type HwCapabilities, type HwInfoData, type OpaqueHwInfo } from './hw-info.ts';
export type { EncodableFields, HwInfoNote } from './hw-info-data.ts';
export { isKernelAtLeast, type KernelVersion, parseKernelRelease } from './kernel-release.ts';
export { findNoAtsDevice, NO_ATS_DEVICES, type NoAtsDevices, type NoAtsMatch, type PciIdentity } from './no-ats-devices.ts';
export { expectNoAts, guestNeverUsesAts, linuxNeverUsesAts, type NoAtsExpectation } from './no-ats-expectation.ts';
export type { DecodedBits64 } from './register64.ts';
export { decodeHwInfoReply, type HwInfoReport, isSameReport } from './report.ts';
export { encodeHwInfoSmmuv3, SMMUV3_VMM_FIELDS, type Smmuv3Fields, type Smmuv3Meaning, smmuv3OutputAddressSize } from './smmuv3.ts';
export { type Smmuv3Numbers, smmuv3Numbers } from './smmuv3-comparison.ts';
export { encodeHwInfoTegra241Cmdqv, type Tegra241CmdqvFields, type Tegra241CmdqvMeaning } from './tegra241-cmdqv.ts';
export { encodeHwInfoVtd, type VtdFields, type VtdMeaning } from './vtd.ts';
