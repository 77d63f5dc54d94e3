/** What is asked of a device: a plain value, the same from a command line, from a browser and for a million rows. */
import type { AssumedReport } from '../iommu/index.ts';
import type { ProfileName } from '../profiles/index.ts';
import type { GlobalAssignment, PropertyAssignment } from '../qemu/index.ts';
import type { Placement } from '../rules/realize-input.ts';

/** What of the guest's own IOMMU decides what it sees of a device. */
export interface GuestIommu {
  /** Whether it takes PASIDs. */
  readonly pasid: boolean;
}

/** Every part may be left out; `{}` asks for what a VM without any option gets. */
export interface ViewRequest {
  /** `airlock` where it is left out. */
  readonly profile?: ProfileName;
  /** A machine type, by its name or an alias; the newest q35 where it is left out. */
  readonly machine?: string;
  /** In the order in which they are given: of two for one property the later wins. */
  readonly globals?: readonly GlobalAssignment[];
  /** The device's own properties, in the order in which they are given: of two for one property the later wins. */
  readonly properties?: readonly PropertyAssignment[];
  /** Where the device stands; below a root port where it is left out and the machine has one. */
  readonly placement?: Placement;
  /** None that takes PASIDs where it is left out. */
  readonly guestIommu?: GuestIommu;
  /**
   * `host`, or left out: host bytes go in, and both stages run. `vfio`: vfio bytes go in, or, of facts that have none apart, the bytes
   * that are there as such, and the VMM's stage runs alone.
   */
  readonly bytes?: 'host' | 'vfio';
  /** What is to be taken for the host's answer, part by part, in place of what the facts say. */
  readonly assumed?: AssumedReport;
}

/** A request that contradicts itself, or the facts; `code` says how. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: 'placement.unfit' | 'bytes.none';

  constructor(code: RequestError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
