/**
 * The reset of all functions of a slot or a bus at once, for a function that has none of its own (VFIO_DEVICE_GET_PCI_HOT_RESET_INFO
 * and VFIO_DEVICE_PCI_HOT_RESET in linux/vfio.h). It is for whoever has all of them, and for nobody else.
 */

import { constants } from 'node:os';
import { isVfioDriver } from '../../pure/facts/index.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { type Descriptor, ioctl, SyscallError } from '../ffi/index.ts';
import { type HostDevice, readDevice } from '../sysfs/index.ts';

/** A function that a hot reset resets. */
export interface ResetMember {
  readonly address: Bdf;
  /** The number of its IOMMU group, where the device was opened by its group; else null. */
  readonly group: number | null;
  /** Whether the kernel counts it as this process's already; by the group it has to be shown. */
  readonly isOwned: boolean;
}

/** Room for the functions of two buses, which is more than a slot or a bus without switches has. */
const MOST_MEMBERS = 512;
const CALL = 'VFIO_DEVICE_PCI_HOT_RESET';
const HINTS = {
  EINVAL: 'a function that would be reset with it is in use elsewhere',
  ENOTTY: 'the kernel cannot reset its bus, or the link did not come up after that',
};

/** All functions that a hot reset would reset, the device itself among them; null where the kernel offers none. */
export function readResetMembers(device: Descriptor): readonly ResetMember[] | null {
  const { vfio_pci_hot_reset_info: info, vfio_pci_dependent_device: member } = uapi;
  const argument = new Uint8Array(info.size + MOST_MEMBERS * member.size);
  new DataView(argument.buffer).setUint32(info.fields.argsz.offset, argument.length, true);
  const words = { call: 'VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', action: `ask what is reset with ${device.target}` };
  try {
    ioctl(device, uapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, argument, words);
  } catch (error) {
    if (error instanceof SyscallError) return null;
    throw error;
  }
  const { flags, devices } = info.decode(argument);
  const hasIds = (flags & uapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID) !== 0;
  return devices.map(({ segment, bus, devfn, group_id, devid }) => ({
    address: new Bdf(segment, bus, devfn >> 3, devfn & 7),
    group: hasIds ? null : group_id,
    isOwned: hasIds && devid !== uapi.VFIO_PCI_DEVID_NOT_OWNED,
  }));
}

/** The refusal of a hot reset over a function that cannot be had. */
function refusal({ target }: Descriptor, { address }: ResetMember, why: string): SyscallError {
  const action = `reset ${target}, which has no reset of its own`;
  return new SyscallError(
    { call: CALL, action, hints: { EBUSY: `${address} would be reset with it, and ${why}` } },
    constants.errno.EBUSY,
    target,
  );
}

/** Throws SyscallError for a function that VFIO does not have: the kernel would refuse without a name. */
function requireVfio(device: Descriptor, member: ResetMember, found: HostDevice | null): HostDevice {
  if (found === null) throw refusal(device, member, 'sysfs does not show it');
  const { driver } = found;
  if (driver !== null && isVfioDriver(driver)) return found;
  const state = driver === null ? 'it has no driver' : `it is in use by ${driver}`;
  throw refusal(device, member, `${state}; wanted vfio-pci: airlock bind ${member.address}`);
}

export interface HotResetOptions {
  /** Makes a function that is not owned yet this process's, until it is disposed of. Throws SyscallError where it is in use. */
  readonly take: (member: ResetMember, found: HostDevice) => Disposable;
  /** The groups that show what is this process's; asked when all is taken. */
  readonly groups: () => readonly Descriptor[];
  /** What the host says of a function; default its sysfs. */
  readonly find?: (address: Bdf) => HostDevice | null;
}

const findInSysfs = (address: Bdf): HostDevice | null => readDevice(address, { config: false });

/** Resets the device and all members. Throws SyscallError that names the function in the way. */
export function hotReset(device: Descriptor, { take, groups, find = findInSysfs }: HotResetOptions): void {
  const taken: Disposable[] = [];
  try {
    for (const member of readResetMembers(device) ?? []) {
      if (member.isOwned) continue;
      const found = requireVfio(device, member, find(member.address));
      try {
        taken.push(take(member, found));
      } catch (error) {
        throw error instanceof SyscallError ? refusal(device, member, `it is in use: ${error.message}`) : error;
      }
    }
    const group_fds = groups().map(({ number }) => number);
    const { size } = uapi.vfio_pci_hot_reset;
    const argument = uapi.vfio_pci_hot_reset.encode({ argsz: size + 4 * group_fds.length, count: group_fds.length, group_fds });
    const action = `reset ${device.target} and all that is on its slot or bus`;
    ioctl(device, uapi.VFIO_DEVICE_PCI_HOT_RESET, argument, { call: CALL, action, hints: HINTS });
  } finally {
    for (const one of taken) one[Symbol.dispose]();
  }
}
