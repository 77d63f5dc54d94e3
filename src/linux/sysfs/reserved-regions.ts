/** Addresses that an IOMMU keeps from the devices of a group, such as the window of message interrupts (sysfs-kernel-iommu_groups). */
import { readText } from './attribute.ts';

/** `last` is the last address inside. `kind` is the kernel's word: `msi`, `reserved`, `direct`, `direct-relaxable`. */
export interface ReservedRegion {
  readonly start: bigint;
  readonly last: bigint;
  readonly kind: string;
}

const LINE = /^(0x[0-9a-f]{1,16}) (0x[0-9a-f]{1,16}) ([\w-]+)$/;

/** The regions in the text of the file; lines of another form are left out. */
export function parseReservedRegions(text: string): ReservedRegion[] {
  return text.split('\n').flatMap(line => {
    const [, start, last, kind] = LINE.exec(line.trim()) ?? [];
    return start === undefined || last === undefined || kind === undefined ? [] : [{ start: BigInt(start), last: BigInt(last), kind }];
  });
}

/** Those of the group of this number; none where the file is not there. */
export function readReservedRegions(group: number, root = '/'): ReservedRegion[] {
  return parseReservedRegions(readText(`${root.replace(/\/$/, '')}/sys/kernel/iommu_groups/${group}/reserved_regions`) ?? '');
}
