/** What `probe` found on one device: the value that its text and its JSON are made of. */
import { formatHex } from '../bytes/hex.ts';
import type { VfioIrqInfo, VfioRegionInfo } from '../device/vfio-info.ts';
import { compare } from '../guest-view/compare.ts';
import type { Difference } from '../guest-view/difference.ts';
import type { HostIommuDevice, HwInfoReport } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import {
  VFIO_PCI_BAR5_REGION_INDEX,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_ROM_REGION_INDEX,
  VFIO_PCI_VGA_REGION_INDEX,
} from '../spec/vfio/index.ts';

export interface ProbeReport {
  readonly bdf: Bdf;
  readonly driver: string;
  readonly backend: 'iommufd' | 'legacy';
  /** What was opened: `/dev/vfio/devices/vfio3`, `/dev/vfio/12`. */
  readonly path: string;
  readonly iommuGroup: number | null;
  readonly kernel: string | null;
  readonly hostIommu: HostIommuDevice;
  /** Reports of further types, which the kernel gives only on request. */
  readonly moreReports: readonly HwInfoReport[];
  /** Of VFIO_DEVICE_GET_INFO. */
  readonly flags: number;
  readonly canReset: boolean;
  /** The hardware's bytes and vfio's, read while the device was open. */
  readonly hardware: ConfigSpace;
  readonly vfio: ConfigSpace;
  /** Only those that the kernel knows for this device. */
  readonly regions: readonly VfioRegionInfo[];
  readonly interrupts: readonly VfioIrqInfo[];
}

/** What differs between the hardware's bytes (a) and vfio's (b), as far as both were read. */
export function probeDifferences({ hardware, vfio }: ProbeReport): { readonly compared: number; readonly differences: Difference[] } {
  const { compared, differences } = compare({ config: hardware }, { config: vfio });
  return { compared: compared.reduce((sum, { from, to }) => sum + to + 1 - from, 0), differences: [...differences] };
}

const REGION_NAMES: Readonly<Record<number, string>> = {
  [VFIO_PCI_ROM_REGION_INDEX]: 'ROM',
  [VFIO_PCI_CONFIG_REGION_INDEX]: 'config',
  [VFIO_PCI_VGA_REGION_INDEX]: 'VGA',
};

/** `BAR 0`, `ROM`, `config`, `VGA`; `type 0x1 subtype 0x2` for a region without a fixed index. */
export function regionName({ index, type }: Pick<VfioRegionInfo, 'index' | 'type'>): string {
  if (index <= VFIO_PCI_BAR5_REGION_INDEX) return `BAR ${index}`;
  const kind = type === null ? 'unknown' : `type ${formatHex(type.type)} subtype ${formatHex(type.subtype)}`;
  return REGION_NAMES[index] ?? kind;
}

const INTERRUPT_NAMES = ['INTx', 'MSI', 'MSI-X', 'error', 'request'];

/** `INTx`, `MSI`, `MSI-X`, `error` (AER), `request` (the host asks for the device back). */
export function interruptName({ index }: Pick<VfioIrqInfo, 'index'>): string {
  return INTERRUPT_NAMES[index] ?? 'unknown';
}
