/** A VFIO device opened through its group, in a legacy container, where the kernel reports nothing about the IOMMU. */
import { release } from 'node:os';
import { type HostIommuDevice, legacyVfioDevice } from '../../pure/iommu/index.ts';
import type { Descriptor } from '../ffi/index.ts';
import { OpenVfioDevice } from './vfio-device.ts';

export class LegacyVfioDevice extends OpenVfioDevice {
  override readonly backend = 'legacy';

  private constructor(descriptor: Descriptor) {
    super(descriptor);
  }

  /** Becomes the owner of a device descriptor that a group gave; closes it where its info cannot be read. Throws SyscallError. */
  static adopt(descriptor: Descriptor): LegacyVfioDevice {
    try {
      return new LegacyVfioDevice(descriptor);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  override hostIommuDevice(): HostIommuDevice {
    return legacyVfioDevice(release());
  }
}
