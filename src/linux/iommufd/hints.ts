/** What an errno means for a request to iommufd (linux/iommufd.h and the kernel's iommufd documentation). */
import { kernelSince } from '../../pure/iommu/kernel-features.ts';
import { DEVICE_FILE_HINTS } from '../ffi/index.ts';

export const OPEN_HINTS = {
  ...DEVICE_FILE_HINTS,
  ENOENT: 'the kernel has no iommufd (CONFIG_IOMMUFD), or its module is not loaded',
};

export const HW_INFO_HINTS = {
  ENOENT: 'no device of this ID is bound',
  ENOTTY: `the kernel is older than ${kernelSince('hw-info')} and does not report it`,
  EOPNOTSUPP: 'the IOMMU does not report it, or has no data of the type asked for',
};

export const MAP_HINTS = {
  EADDRINUSE: 'an IOVA in the range is mapped already',
  EEXIST: 'an IOVA in the range is mapped already',
  EFAULT: 'the memory cannot be pinned, as that of another device',
  EINVAL: 'IOVA, length and memory must be multiples of the page size and lie in the allowed IOVA ranges',
  ENOENT: 'there is no IOAS of this ID',
  ENOMEM: 'the limit of locked memory (ulimit -l) is reached, or memory is',
  ENOSPC: 'no free IOVA range is that long',
  ENOTTY: 'the kernel does not know this request',
};

export const UNMAP_HINTS = { ENOENT: 'nothing is mapped there, or more than the range' };

export const HWPT_HINTS = {
  EINVAL: 'the IOMMU behind the device cannot be used with this page table',
  ENOENT: 'no device, IOAS or page table of this ID',
  EOPNOTSUPP: 'the IOMMU does not offer what was asked for',
};

export const DESTROY_HINTS = { EBUSY: 'it is still in use, as by an attached device', ENOENT: 'there is no object of this ID' };
