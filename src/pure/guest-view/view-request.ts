/** The request for a view: a plain value, the same from a command line, from a browser and for a million rows. */
import type { AssumedReport } from '../iommu/index.ts';
import type { ProfileName } from '../profiles/index.ts';
import type { GlobalAssignment, PropertyAssignment } from '../qemu/index.ts';
import type { Placement } from '../rules/realize-input.ts';

/** The properties of the guest's own IOMMU that decide what it sees of a device. */
export interface GuestIommu {
  /** Whether it takes PASIDs. */
  readonly pasid: boolean;
}

/** Every part may be left out; `{}` asks for what a VM without any option gets. */
export interface ViewRequest {
  /** `airlock` where it is left out. */
  readonly profile?: ProfileName | undefined;
  /**
   * A machine type, by its name or an alias. Where it is left out: the newest q35, for a device of an Arm host the newest virt, and none
   * for a host of an architecture whose machine types are not known.
   */
  readonly machine?: string | undefined;
  /**
   * The device type that the host's device is assigned as, whose properties count: `vfio-pci-nohotplug`. Where it is left out: the
   * profile's own, `vfio-pci` of QEMU.
   */
  readonly driver?: string | undefined;
  /** In the order in which they are given: of two for one property the later wins. */
  readonly globals?: readonly GlobalAssignment[] | undefined;
  /** The device's own properties, in the order in which they are given: of two for one property the later wins. */
  readonly properties?: readonly PropertyAssignment[] | undefined;
  /** Where the device stands; below a root port where it is left out and the machine has one. */
  readonly placement?: Placement | undefined;
  /** Where it is left out, the guest's IOMMU takes no PASIDs. */
  readonly guestIommu?: GuestIommu | undefined;
  /**
   * `host`, the default: host bytes go in, and both stages run. `vfio`: the VMM's stage runs alone, over vfio bytes; facts without
   * separate vfio bytes have their only bytes taken as such.
   */
  readonly bytes?: 'host' | 'vfio' | undefined;
  /** Parts of the host's answer to assume in place of what the facts say. */
  readonly assumed?: AssumedReport | undefined;
}

/** A request that contradicts itself, or the facts; `code` says how. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: 'request.invalid' | 'profile.unknown' | 'driver.unknown' | 'placement.unfit' | 'bytes.none';

  constructor(code: RequestError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
