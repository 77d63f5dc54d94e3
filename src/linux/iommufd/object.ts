/** What every object of an iommufd has: an ID, and an end (IOMMU_DESTROY in linux/iommufd.h). */
import { IOMMU_DESTROY, iommu_destroy } from '../../pure/spec/iommufd/index.ts';
import { type Descriptor, ioctl } from '../ffi/index.ts';
import { DESTROY_HINTS } from './hints.ts';

/** Ends an object by its ID. Throws SyscallError, EBUSY while it is in use. */
export function destroyObject(iommufd: Descriptor, id: number): void {
  const argument = iommu_destroy.encode({ size: iommu_destroy.size, id });
  const words = { call: 'IOMMU_DESTROY', action: `destroy object ${id} of ${iommufd.target}`, hints: DESTROY_HINTS };
  ioctl(iommufd, IOMMU_DESTROY, argument, words);
}
