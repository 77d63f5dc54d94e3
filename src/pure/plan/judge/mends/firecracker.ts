/** Firecracker gives no device of the host to a guest: nothing of its format mends that. */
import type { Mender } from './mender.ts';

const nothing = () => null;
const another = () => 'another VMM: Firecracker has no device assignment';

export const firecracker: Mender = {
  device: another,
  iommu: another,
  leaveOut: another,
  option: another,
  iommufd: nothing,
  iommufdObject: nothing,
  legacy: nothing,
  bind: nothing,
  otherDevice: nothing,
  supply: nothing,
  definedSet: nothing,
  machine: nothing,
  kvm: nothing,
  split: nothing,
  firmware: nothing,
  iommuModel: nothing,
  oneIommu: nothing,
  otherRoot: nothing,
  order: nothing,
  belowPort: nothing,
  property: nothing,
  place: nothing,
};
