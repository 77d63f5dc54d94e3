/** A VFIO device opened through its group, in a legacy container, where the kernel reports nothing about the IOMMU. */
import { release } from 'node:os';
import { type HostIommuDevice, legacyVfioDevice } from '../../pure/iommu/index.ts';
import type { Descriptor } from '../ffi/index.ts';
import { openGroupFile } from './group-file.ts';
import { type HotResetOptions, hotReset } from './hot-reset.ts';
import { OpenVfioDevice } from './vfio-device.ts';

/** The group that a device was opened by. */
export interface OpenGroup {
  readonly number: number;
  readonly descriptor: Descriptor;
}

const NOTHING_TAKEN: Disposable = { [Symbol.dispose]: () => undefined };

export class LegacyVfioDevice extends OpenVfioDevice {
  override readonly backend = 'legacy';

  readonly #group: OpenGroup;

  private constructor(descriptor: Descriptor, group: OpenGroup) {
    super(descriptor);
    this.#group = group;
  }

  /**
   * Becomes the owner of a device descriptor that a group gave, and not of the group; closes it where its info cannot be read. Throws
   * SyscallError.
   */
  static adopt(descriptor: Descriptor, group: OpenGroup): LegacyVfioDevice {
    try {
      return new LegacyVfioDevice(descriptor, group);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /** Opens each other group that has a part in it, which nobody else may have open, and shows all of them. */
  protected override resetShared(): void {
    const groups = new Map([[this.#group.number, this.#group.descriptor]]);
    const take: HotResetOptions['take'] = ({ group }) => {
      if (group === null || groups.has(group)) return NOTHING_TAKEN;
      const file = openGroupFile(group);
      groups.set(group, file);
      return file;
    };
    hotReset(this.descriptor, { take, groups: () => [...groups.values()] });
  }

  override hostIommuDevice(): HostIommuDevice {
    return legacyVfioDevice(release());
  }
}
