/** A device that one thread has open and others use: what they are told of it, as a structured clone. */
import { Descriptor } from '../ffi/index.ts';
import { Ioas, Iommufd } from '../iommufd/index.ts';
import type { ReservedRegion } from '../sysfs/index.ts';
import { IommufdDevice, LegacyVfioDevice, VfioContainer } from '../vfio/index.ts';
import { ContainerSpace, IoasSpace } from './dma-space.ts';
import { VfioBackend } from './vfio-backend.ts';

interface LentFile {
  /** The descriptor, valid in the whole process. */
  readonly number: number;
  /** For errors. */
  readonly target: string;
}

/** Valid as long as the HostFunction that lends it is open. */
export type LentFunction = LentParts &
  (
    | { readonly backend: 'iommufd'; readonly deviceId: number; readonly ioas: number }
    | { readonly backend: 'legacy'; readonly group: LentFile & { readonly id: number } }
  );

interface LentParts {
  readonly device: LentFile;
  readonly iommu: LentFile;
  /** What the host's IOMMU keeps from it. */
  readonly reserved: readonly ReservedRegion[];
  /** Of `makeToldRanges`, in memory that all threads share. */
  readonly toldRanges: Int32Array;
}

function borrow({ number, target }: LentFile): Descriptor {
  return new Descriptor(number, target);
}

/** The backend of a device that was lent; closing it gives the device back and closes nothing. Throws SyscallError. */
export function borrowFunction(lent: LentFunction, tell?: (line: string) => void): VfioBackend {
  const device = borrow(lent.device);
  const iommu = borrow(lent.iommu);
  const files = [device, iommu];
  const common = {
    release: (): void => {
      for (const file of files) file.release();
    },
    toldRanges: lent.toldRanges,
    ...(tell && { tell }),
  };
  if (lent.backend === 'legacy') {
    const group = borrow(lent.group);
    files.push(group);
    const space = new ContainerSpace(VfioContainer.joined(iommu), lent.reserved);
    return new VfioBackend({ device: LegacyVfioDevice.adopt(device, { number: lent.group.id, descriptor: group }), space, ...common });
  }
  const space = new IoasSpace(new Ioas(iommu, lent.ioas), lent.reserved);
  return new VfioBackend({ device: IommufdDevice.bound(device, new Iommufd(iommu), lent.deviceId), space, ...common });
}
