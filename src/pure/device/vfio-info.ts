/** Regions and interrupts of a VFIO device as the kernel tells them (struct vfio_region_info, struct vfio_irq_info in linux/vfio.h). */
import { VFIO_IRQ_INFO_AUTOMASKED, VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_MASKABLE, VFIO_IRQ_INFO_NORESIZE } from '../spec/vfio/index.ts';

/** A part of a region, in bytes from its start. */
export interface VfioRegionArea {
  readonly offset: bigint;
  readonly size: bigint;
}

export interface VfioRegionInfo {
  readonly index: number;
  /** As they came: `VFIO_REGION_INFO_FLAG_…`. */
  readonly flags: number;
  /** Bytes; 0 for a region that the device does not have. */
  readonly size: bigint;
  /** Where in the device file it lies. */
  readonly offset: bigint;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** What may be mapped: nothing, the whole region, or the parts that the kernel names. */
  readonly mappable: readonly VfioRegionArea[];
  /** Whether the pages that hold the MSI-X table may be mapped too. */
  readonly isMsixMappable: boolean;
  /** The type of a region that has no fixed index. */
  readonly type: { readonly type: number; readonly subtype: number } | null;
}

/** `VFIO_IRQ_INFO_…` as answers. */
export interface IrqFlags {
  readonly hasEventfd: boolean;
  readonly isMaskable: boolean;
  /** Whether it is masked when it comes, until it is unmasked. */
  readonly isAutomasked: boolean;
  /** Whether more of them can be set up only after all were given up. */
  readonly isFixedSize: boolean;
}

export interface VfioIrqInfo extends IrqFlags {
  /** `VFIO_PCI_…_IRQ_INDEX`. */
  readonly index: number;
  /** As they came. */
  readonly flags: number;
  /** How many interrupts; 0 for a kind that the device does not have. */
  readonly count: number;
}

export function irqFlags(flags: number): IrqFlags {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    hasEventfd: has(VFIO_IRQ_INFO_EVENTFD),
    isMaskable: has(VFIO_IRQ_INFO_MASKABLE),
    isAutomasked: has(VFIO_IRQ_INFO_AUTOMASKED),
    isFixedSize: has(VFIO_IRQ_INFO_NORESIZE),
  };
}
