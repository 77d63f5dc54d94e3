/** The release that each part of iommufd came with, as far as an assigned device depends on it (linux/iommufd.h, linux/vfio.h). */
import { isKernelAtLeast, type KernelVersion, parseKernelRelease } from './kernel-release.ts';

const KERNEL_FEATURES = {
  /** /dev/iommu. */
  iommufd: { major: 6, minor: 2 },
  /** /dev/vfio/devices/vfioN, without which no device is handed over through iommufd. */
  'vfio-cdev': { major: 6, minor: 6 },
  /** IOMMU_GET_HW_INFO. */
  'hw-info': { major: 6, minor: 6 },
  /** Registers of an SMMUv3 in IOMMU_GET_HW_INFO; before, it says nothing of that IOMMU. */
  'hw-info-smmuv3': { major: 6, minor: 13 },
  /** out_max_pasid_log2 of IOMMU_GET_HW_INFO. */
  'hw-info-pasid': { major: 6, minor: 15 },
  /** IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED. */
  'hw-info-ats': { major: 7, minor: 1 },
} as const satisfies Readonly<Record<string, KernelVersion>>;

/** A part of iommufd that older kernels lack. */
export type KernelFeature = keyof typeof KERNEL_FEATURES;

/**
 * Kernels of makers that give an old release what came later: Red Hat's and its likes', openEuler's, Anolis', those of SUSE's service
 * packs, NVIDIA's. What their release is older than may be there.
 */
const BACKPORTING = /\.(?:el|oe|an|al)\d|-1[3-6]0\d{3}\.|-nvidia/;

/** Whether the kernel of a release (`uname -r`) has a feature, if its configuration does; null where the release does not say. */
export function kernelHas(release: string | null, feature: KernelFeature): boolean | null {
  const version = release === null ? null : parseKernelRelease(release);
  if (release === null || version === null) return null;
  const { major, minor } = KERNEL_FEATURES[feature];
  if (isKernelAtLeast(version, major, minor)) return true;
  return BACKPORTING.test(release) ? null : false;
}

/** The release that a feature came with: `6.2`. */
export function kernelSince(feature: KernelFeature): string {
  const { major, minor } = KERNEL_FEATURES[feature];
  return `${major}.${minor}`;
}
