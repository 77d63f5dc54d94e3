/** What an errno means for a request to VFIO (linux/vfio.h and the kernel's VFIO documentation). */
import { DEVICE_FILE_HINTS } from '../ffi/index.ts';

export const OPEN_DEVICE_HINTS = {
  ...DEVICE_FILE_HINTS,
  ENOENT: 'no device of this name is bound to a VFIO driver, or the kernel has no VFIO device files (CONFIG_VFIO_DEVICE_CDEV)',
};

export const BIND_HINTS = {
  EBUSY: 'another process holds the device, or its group',
  EINVAL: 'the device is open already, perhaps in another process',
  ENODEV: 'the device is gone, or no IOMMU stands behind it',
  EPERM:
    'the host cannot keep interrupts of devices apart, as an interrupt translation service does on Arm: switch interrupt remapping on, or take the risk with iommufd.allow_unsafe_interrupts=1',
};

export const ATTACH_HINTS = {
  EBUSY: 'another process holds the device, or it is being reset',
  EINVAL: 'the IOMMU behind the device cannot use it, as where another device of its group is attached elsewhere',
  ENOENT: 'there is no object of this ID',
  ENOMEM: 'the limit of locked memory (ulimit -l) is reached, or memory is',
};

export const OPEN_CONTAINER_HINTS = {
  ...DEVICE_FILE_HINTS,
  ENOENT: 'the kernel has no VFIO container (CONFIG_VFIO_CONTAINER), or its module vfio is not loaded',
};

export const OPEN_GROUP_HINTS = {
  ...DEVICE_FILE_HINTS,
  EBUSY: 'another process holds the group',
  ENOENT: 'no device of the group is bound to a VFIO driver',
  EPERM: `${DEVICE_FILE_HINTS.EPERM}, or the group has no IOMMU, which needs CAP_SYS_RAWIO`,
};

export const SET_IOMMU_HINTS = {
  ENODEV: 'the module vfio_iommu_type1 is not loaded',
  EPERM:
    'the host cannot keep interrupts of devices apart, as an interrupt translation service does on Arm: switch interrupt remapping on, or take the risk with vfio_iommu_type1.allow_unsafe_interrupts=1',
};

export const GROUP_DEVICE_HINTS = {
  EBUSY: 'another process holds the device',
  ENODEV: 'the group has no such device, or it is not bound to a VFIO driver',
  EPERM: 'the group is not viable: a device of it is bound to another driver',
};

export const MAP_HINTS = {
  EEXIST: 'an IOVA in the range is mapped already',
  EFAULT: 'the memory cannot be pinned, as that of another device',
  EINVAL: 'IOVA, length and memory must be multiples of the page size and lie in the IOVA ranges of the IOMMU',
  ENOMEM: 'the limit of locked memory (ulimit -l) is reached, or memory is',
  ENOSPC: 'the container holds as many mappings as it may (vfio_iommu_type1.dma_entry_limit)',
};

export const SET_IRQS_HINTS = {
  EINVAL: 'the device has no such interrupts, or another kind of them is in use',
  ENOSPC: 'the host has no more interrupt vectors',
};

export const RESET_HINTS = {
  EINVAL: 'the device has no reset',
  ENOTTY: 'the device has no reset',
  EAGAIN: 'the device is in use elsewhere, or being taken away',
};
