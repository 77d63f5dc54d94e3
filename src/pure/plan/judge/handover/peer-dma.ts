/** Whether a VMM maps a device's regions for DMA of the VM's other devices, and ends where iommufd does not take that. */
import type { DeviceFacts } from '../../../facts/index.ts';
import { pageSizeOf, SMALL_PAGE } from '../../../guest-view/host-pages.ts';
import { ROM_INDEX } from '../../../pci/bars.ts';
import type { ConfigSpace } from '../../../pci/config-space.ts';
import { findCapability } from '../../../pci/find-capability.ts';
import { readMsixArrays } from '../../../pci/msix-arrays.ts';
import type { RegionFact } from '../../../pci/regions.ts';
import { walkStandard } from '../../../pci/walk.ts';
import { PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF, PCI_MSIX_FLAGS } from '../../../spec/pci-regs.ts';
import type { PreparedDevice } from '../prepared-device.ts';
import { FINE, failed, unknown, type Verdict } from '../verdict.ts';

const WORDS = 'Failed to map VFIO MMIO region: failed to map an IOVA range to the IOAS: Bad address';
const MEND = 'vfio_p2p_dma=off beside iommufd=on, without DMA between devices';

/** Bytes of a BAR on the pages of MSI-X's table and pending bits, which no mapping has; null where it is not known where those are. */
function keptBack(config: ConfigSpace, bar: number, page: number): number | null {
  const { capabilities, unknownAt } = walkStandard(config);
  const capability = findCapability(capabilities, 'standard', PCI_CAP_ID_MSIX);
  if (capability === undefined) return unknownAt === null ? 0 : null;
  if (!config.isKnown(capability.offset, PCI_CAP_MSIX_SIZEOF)) return null;
  const { table, pending } = readMsixArrays(config.bytes, capability.offset + PCI_MSIX_FLAGS);
  const pages = new Set<number>();
  for (const { bar: own, offset, length } of [table, pending]) {
    for (let at = Math.floor(offset / page); own === bar && at * page < offset + length; at++) pages.add(at);
  }
  return pages.size * page;
}

/** null: a region below a page is mapped where nothing else of the host's shares its page. */
function isMapped({ index, kind, size }: RegionFact, { config }: DeviceFacts, page: number): boolean | null {
  if (index === ROM_INDEX || kind === 'io' || size === 0n) return false;
  if (kind === null || size === null || size < BigInt(page)) return null;
  const kept = keptBack(config, index, page);
  return kept === null ? null : size > BigInt(kept);
}

/** Whether any region of the device is mapped; null where that is not known. */
function hasMapped(facts: DeviceFacts, exceptBars: readonly number[]): boolean | null {
  if (facts.regions === null) return null;
  const { isComplete, regions } = facts.regions;
  const page = pageSizeOf(facts) ?? SMALL_PAGE;
  const answers = regions.filter(({ index }) => !exceptBars.includes(index)).map(region => isMapped(region, facts, page));
  if (answers.includes(true)) return true;
  return isComplete && !answers.includes(null) ? false : null;
}

/** The VMM maps by addresses of its own process, and iommufd pins no pages of a device's: EFAULT, seen with Cloud Hypervisor 53. */
export function judgePeerDma({ device, chosen }: PreparedDevice, facts: DeviceFacts | undefined): Verdict {
  const { host, peerDma, origin } = device;
  if (facts === undefined || peerDma === undefined || chosen.backend !== 'iommufd' || host.kind !== 'address') return FINE;
  const words = { code: 'iommufd.peer-dma', mend: MEND, origin: chosen.object?.origin ?? origin };
  const is = hasMapped(facts, peerDma.exceptBars);
  if (is === true) return failed('vmm', { ...words, message: WORDS });
  if (is === false) return FINE;
  const message = `whether ${host.address.text} has a region that can be mapped is not known: with one, iommufd=on alone does not start`;
  return unknown('vmm', { ...words, message });
}
