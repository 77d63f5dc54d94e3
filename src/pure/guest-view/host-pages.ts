/** The size of a host's pages, as far as it is known: a VMM maps regions in them. */
import type { DeviceFacts } from '../facts/index.ts';

/** Bytes of the pages of most hosts. */
export const SMALL_PAGE = 4096;
/** Architectures that have no other pages; those of Arm depend on how the kernel was built. */
const HAS_SMALL_PAGES = /^(?:x86_64|i[3-6]86|s390x?|riscv(?:32|64))$/;

/** Bytes of a page of a device's host; null where that is not known. An architecture that is not known counts as x86, as for the machine. */
export function pageSizeOf({ hostPageSize, hostArchitecture }: Pick<DeviceFacts, 'hostPageSize' | 'hostArchitecture'>): number | null {
  if (hostPageSize !== null) return hostPageSize;
  return hostArchitecture === null || HAS_SMALL_PAGES.test(hostArchitecture) ? SMALL_PAGE : null;
}
