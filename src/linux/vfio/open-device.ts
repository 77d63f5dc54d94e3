/** Opens a device of this host through VFIO for the time of one call, by the backend that was asked for and by no other. */
import type { Bdf } from '../../pure/pci/bdf.ts';
import { isBridge, isVfioDriver, readGroupBlockers } from '../binding/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { Iommufd } from '../iommufd/index.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { VfioContainer } from './container.ts';
import { GroupNotViableError } from './group.ts';
import { IommufdDevice } from './iommufd-device.ts';
import type { VfioDevice } from './vfio-device.ts';

export type Backend = 'iommufd' | 'legacy';

/** Why a device cannot be opened; `failed` is what the kernel refuses for any other reason. */
export type ClosedCode =
  | 'bridge'
  | 'no-iommu'
  | 'no-driver'
  | 'in-use'
  | 'no-device-file'
  | 'no-iommufd'
  | 'no-koffi'
  | 'not-root'
  | 'held'
  | 'group-not-viable'
  | 'unsafe-interrupts'
  | 'failed';

/** A device that cannot be opened. `because` is short: `in use by nvme`; the message says what mends it. */
export class DeviceClosedError extends Error {
  override readonly name = 'DeviceClosedError';
  readonly code: ClosedCode;
  readonly because: string;

  constructor(code: ClosedCode, words: { readonly message: string; readonly because: string }, options?: ErrorOptions) {
    super(words.message, options);
    this.code = code;
    this.because = words.because;
  }
}

/** Why the device cannot be opened as it is bound now, with the command that mends it; null where it may be tried. Calls nothing. */
export function closedBecause(device: HostDevice, backend: Backend): DeviceClosedError | null {
  const { address, driver, vfioDevice, iommuGroup } = device;
  const mend = `wanted vfio-pci: airlock bind ${address}`;
  const closed = (code: ClosedCode, because: string, wanted: string) =>
    new DeviceClosedError(code, { message: `Cannot open ${address}: ${because}, ${wanted}`, because });
  if (isBridge(device)) return closed('bridge', 'a bridge', 'which is never assigned; wanted an endpoint');
  if (iommuGroup === null) return closed('no-iommu', 'no IOMMU', 'wanted one that stands behind it: airlock doctor');
  if (driver === null) return closed('no-driver', 'no driver', mend);
  if (!isVfioDriver(driver)) return closed('in-use', `in use by ${driver}`, mend);
  if (backend === 'iommufd' && vfioDevice === null) {
    const wanted = 'wanted Linux 6.6 or newer with CONFIG_VFIO_DEVICE_CDEV, or --backend legacy';
    return closed('no-device-file', 'no VFIO device file', wanted);
  }
  return null;
}

function useIommufd<T>(path: string, use: (opened: VfioDevice) => T, attach: boolean): T {
  using iommufd = Iommufd.open();
  using opened = IommufdDevice.open(path, iommufd);
  if (attach) opened.attach(iommufd.allocIoas());
  return use(opened);
}

function useLegacy<T>(group: number, address: Bdf, use: (opened: VfioDevice) => T): T {
  using container = VfioContainer.open();
  using joined = container.addGroup(group);
  using opened = joined.openDevice(address.text);
  return use(opened);
}

/** The calls that take a device, or its group, for this process. */
const TAKING: readonly string[] = ['VFIO_DEVICE_BIND_IOMMUFD', 'VFIO_GROUP_SET_CONTAINER', 'VFIO_GROUP_GET_DEVICE_FD', 'VFIO_SET_IOMMU'];

/** What a refusal means for the user, in a few words where they are known. */
function classify(error: Error): { readonly code: ClosedCode; readonly because: string } {
  const { message } = error;
  // koffi is an optional package.
  if (message.startsWith('Cannot call into the kernel')) return { code: 'no-koffi', because: 'no koffi' };
  if (!(error instanceof SyscallError)) return { code: 'failed', because: message };
  const { code, call, target } = error;
  if (code === 'EACCES' && process.getuid?.() !== 0) return { code: 'not-root', because: 'not root' };
  if (code === 'ENOENT' && target === '/dev/iommu') return { code: 'no-iommufd', because: 'no iommufd' };
  const isHeld = code === 'EBUSY' && (TAKING.includes(call) || call === 'open');
  // The kernel's word for a device file that is bound through another descriptor.
  if (isHeld || (code === 'EINVAL' && call === 'VFIO_DEVICE_BIND_IOMMUFD')) return { code: 'held', because: 'in use by a process' };
  if (code === 'EPERM' && TAKING.includes(call)) return { code: 'unsafe-interrupts', because: 'unsafe interrupts' };
  return { code: 'failed', because: message };
}

/** Whether the kernel may have refused because of other members of the group: it says so with a general errno. */
function isAboutGroup(error: Error): boolean {
  return error instanceof GroupNotViableError || (error instanceof SyscallError && TAKING.includes(error.call));
}

/** The kernel's refusal with what else is known about it. A mistake of ours stays what it is. */
function explain(error: unknown, { address, iommuGroup }: HostDevice): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  const cause = { cause: error };
  const others = (iommuGroup === null ? [] : readGroupBlockers(iommuGroup)).filter(blocker => blocker.address !== address.text);
  if (others.length > 0 && isAboutGroup(error)) {
    const list = others.map(blocker => `${blocker.address} (${blocker.driver})`).join(', ');
    const because = `group ${iommuGroup?.number} is not viable, the host has ${list}`;
    const message = `Cannot open ${address}: ${because}, wanted a VFIO driver or none: airlock bind ${address} --group --yes`;
    return new DeviceClosedError('group-not-viable', { message, because }, cause);
  }
  const { code, because } = classify(error);
  return new DeviceClosedError(code, { message: error.message, because }, cause);
}

/**
 * What `use` returns for the open device, which is closed before this returns or throws, with all that was opened for it. Opening
 * resets the device. Throws DeviceClosedError where the device is not bound to a VFIO driver or the kernel refuses a call, in
 * `use` too.
 *
 * With `attach` the device is attached to an empty address space, as a VMM would have it and a legacy container always has it:
 * drivers of IOMMUs switch ATS on in an attached device, which its bytes then say. Asking the kernel needs none.
 */
export function withOpenDevice<T>(device: HostDevice, backend: Backend, use: (opened: VfioDevice) => T, attach = false): T {
  const closed = closedBecause(device, backend);
  if (closed !== null) throw closed;
  const { address, vfioDevice, iommuGroup } = device;
  try {
    return backend === 'iommufd' ? useIommufd(vfioDevice ?? '', use, attach) : useLegacy(iommuGroup?.number ?? -1, address, use);
  } catch (error) {
    throw explain(error, device);
  }
}
