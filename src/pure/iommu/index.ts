/** The host IOMMU behind a device: what the kernel reports, decoded, and what follows for ATS and PASID. */
export { AMD_VMM_FIELDS, type AmdFields, type AmdMeaning, encodeHwInfoAmd } from './amd.ts';
export type { AtsEvidence, AtsSupport } from './ats-evidence.ts';
export { type HostIommuDevice, type HostPasid, iommufdDevice, legacyVfioDevice, noReportDevice } from './host-iommu-device.ts';
export { type DecodedHwInfo, decodeHwInfo, type HwCapabilities } from './hw-info.ts';
export type { HwInfoNote } from './hw-info-data.ts';
export { isKernelAtLeast, type KernelVersion, parseKernelRelease } from './kernel-release.ts';
export { findNoAtsDevice, NO_ATS_DEVICES, type NoAtsDevices, type NoAtsMatch, type PciIdentity } from './no-ats-devices.ts';
export { expectNoAts, guestNeverUsesAts, linuxNeverUsesAts, type NoAtsExpectation } from './no-ats-expectation.ts';
export { decodeHwInfoReply, type HwInfoReport } from './report.ts';
export { encodeHwInfoSmmuv3, SMMUV3_VMM_FIELDS, type Smmuv3Fields, type Smmuv3Meaning, smmuv3OutputAddressSize } from './smmuv3.ts';
export { encodeHwInfoTegra241Cmdqv, type Tegra241CmdqvFields, type Tegra241CmdqvMeaning } from './tegra241-cmdqv.ts';
export { encodeHwInfoVtd, type VtdFields, type VtdMeaning } from './vtd.ts';
