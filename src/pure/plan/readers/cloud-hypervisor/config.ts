/** A configuration of Cloud Hypervisor as both of its forms have it, JSON and options, before anything is judged. */
import type { DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';

/** Parts that become a PCI device each, by their key in VmConfig, with what the device is. */
export const DEVICE_PARTS = {
  disks: 'virtio-block',
  net: 'virtio-net',
  rng: 'virtio-rng',
  balloon: 'virtio-balloon',
  generic_vhost_user: 'vhost-user',
  fs: 'virtio-fs',
  pmem: 'virtio-pmem',
  console: 'virtio-console',
  devices: 'vfio',
  user_devices: 'vfio-user',
  vdpa: 'vdpa',
  vsock: 'virtio-vsock',
  rtc: 'virtio-rtc',
} as const;

export type DevicePart = keyof typeof DEVICE_PARTS;

export interface ConfigEntry {
  readonly part: DevicePart;
  readonly values: readonly DefinedValue[];
  readonly origin: Origin;
}

export interface CloudHypervisorConfig {
  readonly entries: readonly ConfigEntry[];
  readonly platform: readonly DefinedValue[];
  /** VmConfig's own `iommu`; null where it is not written. */
  readonly iommu: DefinedValue | null;
  /** Whether the guest's memory can be shared with another process, which vfio-user needs. */
  readonly hasSharedMemory: boolean;
}

/** What a value must be in JSON. */
export type ValueKind = 'string' | 'number' | 'boolean' | 'array';

const common = { id: 'string', iommu: 'boolean', pci_segment: 'number', pci_device_id: 'number' } as const;

/** The keys of the parts that concern assigned devices, with what each must be. */
export const KEYS = {
  devices: { ...common, path: 'string', fd: 'number', x_nv_gpudirect_clique: 'number', x_exclude_mmap_bars: 'array' },
  user_devices: { ...common, socket: 'string' },
  platform: {
    num_pci_segments: 'number',
    iommu_segments: 'array',
    iommu_address_width_bits: 'number',
    iommufd: 'boolean',
    iommufd_fd: 'number',
    vfio_p2p_dma: 'boolean',
    serial_number: 'string',
    system_serial_number: 'string',
    uuid: 'string',
    system_uuid: 'string',
    oem_strings: 'array',
    system_manufacturer: 'string',
    system_product_name: 'string',
    system_version: 'string',
    system_family: 'string',
    system_sku_number: 'string',
    chassis_asset_tag: 'string',
    tdx: 'boolean',
    sev_snp: 'boolean',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ValueKind>>>>;

/** The keys of VmConfig itself, those of its build options among them. */
export const TOP_KEYS: readonly string[] = [
  ...Object.keys(DEVICE_PARTS),
  'cpus',
  'debug_console',
  'gdb',
  'iommu',
  'ivshmem',
  'landlock_enable',
  'landlock_rules',
  'memory',
  'numa',
  'payload',
  'pci_segments',
  'platform',
  'pvmemcontrol',
  'pvpanic',
  'rate_limit_groups',
  'serial',
  'tpm',
  'watchdog',
];

/** A switch of either form. */
export function isOn(value: DefinedValue | undefined): boolean {
  return /^(?:on|true)$/i.test(value?.value ?? '');
}
