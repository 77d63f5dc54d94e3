/** A VFIO group: the devices of one IOMMU group, opened together by one process (linux/vfio.h). */
import * as uapi from '../../pure/spec/vfio/index.ts';
import { Descriptor, ioctl } from '../ffi/index.ts';
import { readIommuGroup } from '../sysfs/index.ts';
import { openGroupFile } from './group-file.ts';
import { GROUP_DEVICE_HINTS } from './hints.ts';
import { LegacyVfioDevice } from './legacy-device.ts';

/** The host still uses a device of the group, so that none of its devices can be assigned. */
export class GroupNotViableError extends Error {
  override readonly name = 'GroupNotViableError';
  readonly group: number;
  /** All devices of the group, by their sysfs names. */
  readonly members: readonly string[];

  constructor(group: number, members: readonly string[]) {
    super(
      `Cannot use group ${group}: not viable, a device of it is bound to a driver of the host; wanted a VFIO driver or none on each of ` +
        `${members.length === 0 ? 'its devices' : members.join(', ')}`,
    );
    this.group = group;
    this.members = members;
  }
}

/** Only one process of a host can have a group open. Its devices are closed before it. */
export class VfioGroup implements Disposable {
  readonly number: number;
  readonly descriptor: Descriptor;

  private constructor(number: number, descriptor: Descriptor) {
    this.number = number;
    this.descriptor = descriptor;
  }

  /** Opens `/dev/vfio/N`. Throws SyscallError, RangeError for what is no group number. */
  static open(number: number): VfioGroup {
    return new VfioGroup(number, openGroupFile(number));
  }

  /** Whether no device of the group is in use by the host. Throws SyscallError. */
  isViable(): boolean {
    const argument = uapi.vfio_group_status.encode({ argsz: uapi.vfio_group_status.size });
    const words = { call: 'VFIO_GROUP_GET_STATUS', action: `read the status of ${this.descriptor.target}` };
    ioctl(this.descriptor, uapi.VFIO_GROUP_GET_STATUS, argument, words);
    return (uapi.vfio_group_status.decode(argument).flags & uapi.VFIO_GROUP_FLAGS_VIABLE) !== 0;
  }

  /** Joins a container. Throws GroupNotViableError, SyscallError. */
  join(container: Descriptor): void {
    if (!this.isViable()) throw new GroupNotViableError(this.number, readIommuGroup(this.number)?.members ?? []);
    const argument = new Uint8Array(4);
    new DataView(argument.buffer).setInt32(0, container.number, true);
    const words = { call: 'VFIO_GROUP_SET_CONTAINER', action: `add ${this.descriptor.target} to ${container.target}` };
    ioctl(this.descriptor, uapi.VFIO_GROUP_SET_CONTAINER, argument, words);
  }

  /** Opens a device of the group by its address, such as `0000:3b:00.0`. Throws SyscallError. */
  openDevice(address: string): LegacyVfioDevice {
    const argument = new TextEncoder().encode(`${address}\0`);
    const action = `open ${address} of ${this.descriptor.target}`;
    const words = { call: 'VFIO_GROUP_GET_DEVICE_FD', action, hints: GROUP_DEVICE_HINTS };
    const number = ioctl(this.descriptor, uapi.VFIO_GROUP_GET_DEVICE_FD, argument, words);
    return LegacyVfioDevice.adopt(new Descriptor(number, address), this);
  }

  [Symbol.dispose](): void {
    this.descriptor.close();
  }
}
