/** What `probe` found on one device: the value that its text and its JSON are made of. */
import { compare, type Difference } from '../guest-view/compare.ts';
import type { HostIommuDevice, HwInfoReport } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import {
  VFIO_PCI_BAR5_REGION_INDEX,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_ROM_REGION_INDEX,
  VFIO_PCI_VGA_REGION_INDEX,
} from '../uapi/vfio/index.ts';

/** A region as VFIO_DEVICE_GET_REGION_INFO gives it. */
export interface ProbeRegion {
  readonly index: number;
  readonly flags: number;
  /** Bytes; 0 for a region that the device does not have. */
  readonly size: bigint;
  /** Where in the device file it lies. */
  readonly offset: bigint;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly mappable: readonly { readonly offset: bigint; readonly size: bigint }[];
  readonly isMsixMappable: boolean;
  /** Of a region without a fixed index. */
  readonly type: { readonly type: number; readonly subtype: number } | null;
}

/** Interrupts of one kind as VFIO_DEVICE_GET_IRQ_INFO gives them. */
export interface ProbeInterrupt {
  readonly index: number;
  readonly flags: number;
  readonly count: number;
  readonly hasEventfd: boolean;
  readonly isMaskable: boolean;
  readonly isAutomasked: boolean;
  readonly isFixedSize: boolean;
}

export interface ProbeReport {
  readonly bdf: Bdf;
  readonly driver: string;
  readonly backend: 'iommufd' | 'legacy';
  /** What was opened: `/dev/vfio/devices/vfio3`, `/dev/vfio/12`. */
  readonly path: string;
  readonly iommuGroup: number | null;
  readonly kernel: string | null;
  readonly hostIommu: HostIommuDevice;
  /** Reports of further types, which the kernel gives on request alone. */
  readonly moreReports: readonly HwInfoReport[];
  /** Of VFIO_DEVICE_GET_INFO. */
  readonly flags: number;
  readonly canReset: boolean;
  /** The hardware's bytes and vfio's, read while the device was open. */
  readonly hardware: ConfigSpace;
  readonly vfio: ConfigSpace;
  /** Without those that the kernel does not know for this device. */
  readonly regions: readonly ProbeRegion[];
  readonly interrupts: readonly ProbeInterrupt[];
}

/** What differs between the hardware's bytes (a) and vfio's (b), as far as both were read. */
export function probeDifferences({ hardware, vfio }: ProbeReport): { readonly compared: number; readonly differences: Difference[] } {
  const compared = Math.min(hardware.knownLength, vfio.knownLength);
  const first = (config: ConfigSpace) => new ConfigSpace(config.bytes.slice(0, compared));
  return { compared, differences: compare(first(hardware), first(vfio)) };
}

const REGION_NAMES: Readonly<Record<number, string>> = {
  [VFIO_PCI_ROM_REGION_INDEX]: 'ROM',
  [VFIO_PCI_CONFIG_REGION_INDEX]: 'config',
  [VFIO_PCI_VGA_REGION_INDEX]: 'VGA',
};

/** `BAR 0`, `ROM`, `config`, `VGA`; `type 0x1 subtype 0x2` for a region without a fixed index. */
export function regionName({ index, type }: Pick<ProbeRegion, 'index' | 'type'>): string {
  if (index <= VFIO_PCI_BAR5_REGION_INDEX) return `BAR ${index}`;
  const kind = type === null ? 'unknown' : `type 0x${type.type.toString(16)} subtype 0x${type.subtype.toString(16)}`;
  return REGION_NAMES[index] ?? kind;
}

const INTERRUPT_NAMES = ['INTx', 'MSI', 'MSI-X', 'error', 'request'];

/** `INTx`, `MSI`, `MSI-X`, `error` (AER), `request` (the host asks for the device back). */
export function interruptName({ index }: Pick<ProbeInterrupt, 'index'>): string {
  return INTERRUPT_NAMES[index] ?? 'unknown';
}
