/** Opens a device of this host through VFIO, by the backend that was asked for and by no other. */
import { isVfioDriver } from '../../pure/facts/index.ts';
import { kernelSince } from '../../pure/iommu/kernel-features.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { PCI_CLASS_BRIDGE_HOST } from '../../pure/spec/pci-ids.ts';
import { isBridge, readGroupBlockers } from '../binding/index.ts';
import { type Descriptor, SyscallError } from '../ffi/index.ts';
import { Iommufd } from '../iommufd/index.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { VfioContainer } from './container.ts';
import { GroupNotViableError, type VfioGroup } from './group.ts';
import { IommufdDevice } from './iommufd-device.ts';
import type { LegacyVfioDevice } from './legacy-device.ts';
import type { VfioDevice } from './vfio-device.ts';

/** How the kernel is asked for a device: by its own file and iommufd, or by its group and a legacy container. */
export type IommuBackend = 'iommufd' | 'legacy';

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
export function closedBecause(device: HostDevice, backend: IommuBackend): DeviceClosedError | null {
  const { address, driver, vfioDevice, iommuGroup } = device;
  const mend = `wanted vfio-pci: airlock bind ${address}`;
  const closed = (code: ClosedCode, because: string, wanted: string) =>
    new DeviceClosedError(code, { message: `Cannot open ${address}: ${because}, ${wanted}`, because });
  if (isBridge(device))
    return closed(
      'bridge',
      device.classCode >>> 8 === PCI_CLASS_BRIDGE_HOST ? 'a host bridge' : 'a bridge',
      'which is never assigned; wanted an endpoint',
    );
  if (iommuGroup === null) return closed('no-iommu', 'no IOMMU', 'wanted one that stands behind it: airlock doctor');
  if (driver === null) return closed('no-driver', 'no driver', mend);
  if (!isVfioDriver(driver)) return closed('in-use', `in use by ${driver}`, mend);
  if (backend === 'iommufd' && vfioDevice === null) {
    const wanted = `wanted Linux ${kernelSince('vfio-cdev')} or newer with CONFIG_VFIO_DEVICE_CDEV, or --backend legacy`;
    return closed('no-device-file', 'no VFIO device file', wanted);
  }
  return null;
}

/** A device opened through iommufd. Disposing of it closes both. */
export class OpenedByIommufd implements Disposable {
  readonly backend = 'iommufd';
  readonly iommufd: Iommufd;
  readonly device: IommufdDevice;

  /** Opens the files that are not given. It becomes the owner of those that are, and closes them where it throws. */
  constructor(path: string, { iommu, device }: GivenFiles) {
    try {
      this.iommufd = iommu ? new Iommufd(iommu) : Iommufd.open();
    } catch (error) {
      device?.close();
      throw error;
    }
    try {
      this.device = device ? IommufdDevice.adopt(device, this.iommufd) : IommufdDevice.open(path, this.iommufd);
    } catch (error) {
      this.iommufd.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.device[Symbol.dispose]();
    this.iommufd.close();
  }
}

/** A device opened through its group, in a container of its own. Disposing of it closes all three. */
export class OpenedByGroup implements Disposable {
  readonly backend = 'legacy';
  readonly container: VfioContainer;
  readonly device: LegacyVfioDevice;
  readonly group: VfioGroup;

  constructor(group: number, address: Bdf) {
    this.container = VfioContainer.open();
    let joined: VfioGroup | null = null;
    try {
      joined = this.container.addGroup(group);
      this.group = joined;
      this.device = joined.openDevice(address.text);
    } catch (error) {
      joined?.[Symbol.dispose]();
      this.container[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.device[Symbol.dispose]();
    this.group[Symbol.dispose]();
    this.container[Symbol.dispose]();
  }
}

export type OpenedDevice = OpenedByIommufd | OpenedByGroup;

/** Files that somebody with the privilege opened for this process. */
export interface GivenFiles {
  /** Of `/dev/iommu`. */
  readonly iommu?: Descriptor | undefined;
  /** Of `/dev/vfio/devices/vfioN`, not bound yet. */
  readonly device?: Descriptor | undefined;
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

/** Adds what else is known to a refusal of the kernel's; any other error is passed on as it is. */
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
 * Opens a device, which resets it; the caller disposes of it. It becomes the owner of the files given, also where it throws; they serve
 * iommufd only. Throws DeviceClosedError where the device is not bound to a VFIO driver or the kernel refuses a call.
 */
export function openDevice(device: HostDevice, backend: IommuBackend, given: GivenFiles = {}): OpenedDevice {
  const { address, vfioDevice, iommuGroup } = device;
  const closed = closedBecause(device, backend);
  if (closed !== null) {
    for (const file of [given.iommu, given.device]) file?.close();
    throw closed;
  }
  return explained(device, () =>
    backend === 'iommufd' ? new OpenedByIommufd(vfioDevice ?? '', given) : new OpenedByGroup(iommuGroup?.number ?? -1, address),
  );
}

/** Runs calls on the device; a refusal of the kernel's becomes a DeviceClosedError. */
export function explained<T>(device: HostDevice, calls: () => T): T {
  try {
    return calls();
  } catch (error) {
    throw error instanceof DeviceClosedError ? error : explain(error, device);
  }
}

/**
 * Opens the device, calls `use`, and closes the device and all that was opened for it; returns what `use` returns. Opening resets the
 * device. Throws DeviceClosedError where the device is not bound to a VFIO driver or the kernel refuses a call, in `use` too.
 *
 * With `attach` the device is attached to an empty address space, as a VMM would have it and a legacy container always has it. Drivers of
 * IOMMUs switch ATS on in an attached device, and its bytes then say so. Asking the kernel needs no attachment.
 */
export function withOpenDevice<T>(device: HostDevice, backend: IommuBackend, use: (opened: VfioDevice) => T, attach = false): T {
  using opened = openDevice(device, backend);
  return explained(device, () => {
    if (attach && opened.backend === 'iommufd') opened.device.attach(opened.iommufd.allocIoas());
    return use(opened.device);
  });
}
