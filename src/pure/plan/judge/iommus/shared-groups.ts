/**
 * Functions of one IOMMU group of the host's: its IOMMU translates for all of them alike, so that the guest's may not give two of them
 * addresses of their own (tried with QEMU 11.1.3 behind intel-iommu and virtio-iommu).
 */
import { type AttachedDevice, isVfioPci, refuse, vfioName } from './attaching.ts';
import type { AttachWord, GuestIommu } from './guest-iommu.ts';
import { FINE, firstOf, type Verdict } from './verdict.ts';

/** What a group is in: the guest's memory, or what one IOMMU translates for one requester. */
interface Space {
  readonly iommu: GuestIommu | null;
  /** Bus and address of who asks; of functions below a conventional bridge that is the bridge. */
  readonly requester: string;
  readonly isBridge: boolean;
}

function spaceOf({ place }: AttachedDevice, iommu: GuestIommu | null): Space {
  const isBridge = place.kind === 'conventional-bridge';
  return { iommu, requester: isBridge ? place.bus : `${place.bus} ${place.address}`, isBridge };
}

/** Of two conventional bridges, one may stand below the other and let it speak for both. */
function isOther(a: Space, b: Space): boolean {
  if (a.iommu !== b.iommu) return true;
  return a.iommu !== null && a.requester !== b.requester && !(a.isBridge && b.isBridge);
}

export class SharedGroups {
  readonly #spaces = new Map<number, Space>();

  /** The word of the IOMMU in front, or what is said of the group before or behind it. */
  attach(attached: AttachedDevice, iommu: GuestIommu | null, word: AttachWord): AttachWord {
    const said = this.#judge(attached, iommu);
    if (said.outcome === 'realized') return word;
    // The container looks at the group first; iommufd refuses once all else is done.
    return { ...word, verdict: attached.hasIommufd ? firstOf([word.verdict, said]) : said };
  }

  #judge(attached: AttachedDevice, iommu: GuestIommu | null): Verdict {
    const { group, hasIommufd, device, place } = attached;
    if (group === null || !isVfioPci(device) || place.address === null) return FINE;
    const space = spaceOf(attached, iommu);
    const before = this.#spaces.get(group);
    if (before === undefined) this.#spaces.set(group, space);
    if (before === undefined || !isOther(before, space)) return FINE;
    const message = hasIommufd
      ? `[iommufd=N] error attach ${vfioName(device)} (N) pasid 0 to id=N: Invalid argument`
      : `group ${group} used in multiple address spaces`;
    const mend = 'both functions below one pcie-pci-bridge of the guest';
    return refuse(attached, { code: 'group.address-spaces', message, mend, stage: hasIommufd ? 'kernel' : 'vmm' });
  }
}
