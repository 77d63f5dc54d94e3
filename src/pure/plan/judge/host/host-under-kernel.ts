/** A host as it would be with another kernel: what has been built since, and what the older one lacks, as far as releases tell. */
import type { DeviceFacts, DeviceFile, HostFacts } from '../../../facts/index.ts';
import { kernelHas } from '../../../iommu/kernel-features.ts';
import { underKernel } from '../../../iommu/other-kernel.ts';
import type { PlanHost } from './plan-host.ts';

type File = DeviceFile | 'none' | null;

/** What a kernel's release says of a file, beside the file of the host's own kernel. */
function fileUnder(file: File, had: boolean | null, has: boolean | null): File {
  if (has === false) return 'none';
  // It may be there: the host's own kernel could not have it, or the release of the other does not tell.
  if (file === 'none') return had === true ? file : null;
  return has === null ? null : file;
}

/** A kernel without iommufd has no other container. */
function containerUnder({ vfioContainer }: HostFacts, kernel: string): File {
  return vfioContainer === 'none' && kernelHas(kernel, 'iommufd') !== true ? null : vfioContainer;
}

function deviceUnder(device: DeviceFacts, kernel: string, own: string | null): DeviceFacts {
  const { assignment } = device;
  const [had, has] = [kernelHas(own, 'vfio-cdev'), kernelHas(kernel, 'vfio-cdev')];
  return {
    ...device,
    hostIommu: underKernel(device.hostIommu, kernel),
    assignment: assignment === null ? null : { ...assignment, cdev: fileUnder(assignment.cdev, had, has) },
  };
}

/**
 * The host with a kernel of the release `kernel`, which is built and loaded as its own is. What the release does not decide, and the
 * host's own kernel could not say, is not known.
 */
export function hostUnderKernel(host: PlanHost, kernel: string): PlanHost {
  const { facts } = host;
  if (facts.kernel === kernel) return host;
  const [had, has] = [kernelHas(facts.kernel, 'iommufd'), kernelHas(kernel, 'iommufd')];
  return {
    ...host,
    facts: { ...facts, kernel, iommufd: fileUnder(facts.iommufd, had, has), vfioContainer: containerUnder(facts, kernel) },
    devices: host.devices.map(device => deviceUnder(device, kernel, facts.kernel)),
  };
}
