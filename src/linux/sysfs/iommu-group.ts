/** IOMMU groups: what the IOMMU cannot tell apart and is therefore assigned together (sysfs-kernel-iommu_groups). */
import { listFolder, readText } from './attribute.ts';

export interface IommuGroup {
  readonly number: number;
  /** The type of its default domain, such as `DMA`, `DMA-FQ` or `identity`; null where the kernel does not say. */
  readonly type: string | null;
  /** All members by their sysfs names, the device that was asked about among them; PCI addresses, other devices too. */
  readonly members: readonly string[];
}

/** One group, or null where there is none of this number. `root` is where the file system tree begins, `/` for this host. */
export function readIommuGroup(number: number, root = '/'): IommuGroup | null {
  const path = `${root.replace(/\/$/, '')}/sys/kernel/iommu_groups/${number}`;
  const members = listFolder(`${path}/devices`);
  return members === null ? null : { number, type: readText(`${path}/type`), members };
}
