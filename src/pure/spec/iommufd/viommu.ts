/** iommufd virtual IOMMUs: the vIOMMU, its devices, event queues and hardware queues (linux/iommufd.h). */
import { aligned_u64, array, u32 } from '../../bytes/c-types.ts';
import { struct } from '../../bytes/struct.ts';
import { _IO } from '../ioctl.ts';
import {
  IOMMUFD_CMD_HW_QUEUE_ALLOC,
  IOMMUFD_CMD_VDEVICE_ALLOC,
  IOMMUFD_CMD_VEVENTQ_ALLOC,
  IOMMUFD_CMD_VIOMMU_ALLOC,
  IOMMUFD_TYPE,
} from './core.ts';

export const IOMMU_VIOMMU_ALLOC = _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VIOMMU_ALLOC);
export const iommu_viommu_alloc = struct('iommu_viommu_alloc', {
  size: u32,
  flags: u32,
  type: u32,
  dev_id: u32,
  hwpt_id: u32,
  out_viommu_id: u32,
  data_len: u32,
  __reserved: u32,
  data_uptr: aligned_u64,
});
export const IOMMU_VIOMMU_TYPE_DEFAULT = 0;
export const IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;
export const IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;

export const iommu_viommu_tegra241_cmdqv = struct('iommu_viommu_tegra241_cmdqv', {
  out_vintf_mmap_offset: aligned_u64,
  out_vintf_mmap_length: aligned_u64,
});

export const IOMMU_VDEVICE_ALLOC = _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VDEVICE_ALLOC);
export const iommu_vdevice_alloc = struct('iommu_vdevice_alloc', {
  size: u32,
  viommu_id: u32,
  dev_id: u32,
  out_vdevice_id: u32,
  virt_id: aligned_u64,
});

export const IOMMU_VEVENTQ_ALLOC = _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VEVENTQ_ALLOC);
export const iommu_veventq_alloc = struct('iommu_veventq_alloc', {
  size: u32,
  flags: u32,
  viommu_id: u32,
  type: u32,
  veventq_depth: u32,
  out_veventq_id: u32,
  out_veventq_fd: u32,
  __reserved: u32,
});
export const IOMMU_VEVENTQ_TYPE_DEFAULT = 0;
export const IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;
export const IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;

export const iommufd_vevent_header = struct('iommufd_vevent_header', { flags: u32, sequence: u32 });
export const IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1 << 0;
export const iommu_vevent_arm_smmuv3 = struct('iommu_vevent_arm_smmuv3', { evt: array(aligned_u64, 4) });
export const iommu_vevent_tegra241_cmdqv = struct('iommu_vevent_tegra241_cmdqv', { lvcmdq_err_map: array(aligned_u64, 2) });

export const IOMMU_HW_QUEUE_ALLOC = _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HW_QUEUE_ALLOC);
export const iommu_hw_queue_alloc = struct('iommu_hw_queue_alloc', {
  size: u32,
  flags: u32,
  viommu_id: u32,
  type: u32,
  index: u32,
  out_hw_queue_id: u32,
  nesting_parent_iova: aligned_u64,
  length: aligned_u64,
});
export const IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;
export const IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;
