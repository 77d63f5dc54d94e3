/** Opens a device of this host through VFIO for the time of one call, by the backend that was asked for and by no other. */

import { isVfioDriver, readGroupBlockers } from '../linux/binding/index.ts';
import { SyscallError } from '../linux/ffi/index.ts';
import { Iommufd } from '../linux/iommufd/index.ts';
import type { HostDevice } from '../linux/sysfs/index.ts';
import { IommufdDevice, VfioContainer, type VfioDevice } from '../linux/vfio/index.ts';
import type { Bdf } from '../pure/pci/bdf.ts';

export type Backend = 'iommufd' | 'legacy';

/** A device that cannot be opened. `because` is short: `in use by nvme`; the message says what mends it. */
export class DeviceClosedError extends Error {
  override readonly name = 'DeviceClosedError';
  readonly because: string;

  constructor(message: string, because: string = message, options?: ErrorOptions) {
    super(message, options);
    this.because = because;
  }
}

/** Why the device cannot be opened as it is bound now, with the command that mends it; null where it may be tried. */
export function closedBecause(device: HostDevice, backend: Backend): DeviceClosedError | null {
  const { address, driver, vfioDevice, iommuGroup } = device;
  const mend = `airlock bind ${address}`;
  const closed = (state: string, because: string) => new DeviceClosedError(`Cannot open ${address}: ${state}`, because);
  if (driver === null) return closed(`no driver has it, wanted vfio-pci: ${mend}`, 'no driver');
  if (!isVfioDriver(driver)) return closed(`${driver} has it, wanted vfio-pci: ${mend}`, `in use by ${driver}`);
  if (iommuGroup === null) return closed('no IOMMU stands behind it, wanted one that is switched on: airlock doctor', 'no IOMMU');
  if (backend === 'iommufd' && vfioDevice === null) {
    const words = 'the kernel gives it no file of its own, wanted CONFIG_VFIO_DEVICE_CDEV, or --backend legacy';
    return closed(words, 'no VFIO device file');
  }
  return null;
}

function useIommufd<T>(path: string, use: (opened: VfioDevice) => T): T {
  using iommufd = Iommufd.open();
  using opened = IommufdDevice.open(path, iommufd);
  return use(opened);
}

function useLegacy<T>(group: number, address: Bdf, use: (opened: VfioDevice) => T): T {
  using container = VfioContainer.open();
  using joined = container.addGroup(group);
  using opened = joined.openDevice(address.text);
  return use(opened);
}

/** In a few words, where they are known: what a refusal means for the user. */
function shortly({ code, call, message }: SyscallError): string {
  if (code === 'EACCES' && process.getuid?.() !== 0) return 'not root';
  const isBind = call === 'VFIO_DEVICE_BIND_IOMMUFD';
  if (isBind && (code === 'EBUSY' || code === 'EINVAL')) return 'in use by a process';
  return isBind && code === 'EPERM' ? 'unsafe interrupts' : message;
}

/** The kernel's refusal with what else is known about it. A mistake of ours stays what it is. */
function explain(error: unknown, { address, iommuGroup }: HostDevice): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  const others = (iommuGroup === null ? [] : readGroupBlockers(iommuGroup)).filter(blocker => blocker.address !== address.text);
  const cause = { cause: error };
  if (others.length > 0) {
    const list = others.map(({ address, driver }) => `${address} (${driver})`).join(', ');
    const words = `the host still has ${list} of group ${iommuGroup?.number}`;
    return new DeviceClosedError(`${error.message}; ${words}: airlock bind ${address} --group`, words, cause);
  }
  return new DeviceClosedError(error.message, error instanceof SyscallError ? shortly(error) : error.message, cause);
}

/**
 * What `use` returns for the open device, which is closed before this returns or throws, with all that was opened for it. Throws
 * DeviceClosedError where the device is not bound to a VFIO driver or the kernel refuses a call, in `use` too.
 */
export function withOpenDevice<T>(device: HostDevice, backend: Backend, use: (opened: VfioDevice) => T): T {
  const closed = closedBecause(device, backend);
  if (closed !== null) throw closed;
  const { address, vfioDevice, iommuGroup } = device;
  try {
    return backend === 'iommufd' ? useIommufd(vfioDevice ?? '', use) : useLegacy(iommuGroup?.number ?? -1, address, use);
  } catch (error) {
    throw explain(error, device);
  }
}
