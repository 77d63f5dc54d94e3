/** Asking the kernel about one device through iommufd, where that can be done without taking anything from anybody. */
import type { KernelAnswer } from '../../pure/render/devices-report.ts';
import { isVfioDriver } from '../binding/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { Iommufd } from '../iommufd/index.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { IommufdDevice } from '../vfio/index.ts';

export interface AskOptions {
  /** Where the tree begins; only of the one at `/` the kernel can be asked. */
  readonly root: string;
  /** Whether the user is root. */
  readonly isRoot: boolean;
  readonly hasIommufd: boolean;
}

/** Why the kernel was not asked or gave no answer: a stable code, words for a line, a sentence. */
export interface Unasked {
  readonly code: string;
  readonly because: string;
  readonly text: string;
}

export type Asked<T> = { readonly value: T } | { readonly unasked: Unasked };

const unasked = (code: string, because: string, text: string): Unasked => ({ code, because, text });

/** What can be told before the device is opened. Loads nothing that calls into the kernel. */
export function whyNotAsked(device: HostDevice, { root, hasIommufd }: AskOptions): Unasked | null {
  const { address, driver, iommuGroup, vfioDevice } = device;
  if (iommuGroup === null) return unasked('no-iommu', 'no IOMMU', `no IOMMU stands behind ${address}`);
  if (driver === null) return unasked('no-driver', 'no driver', `${address} has no driver; wanted a VFIO driver (airlock bind)`);
  if (!isVfioDriver(driver)) {
    return unasked('in-use', `in use by ${driver}`, `${address} is in use by ${driver}; wanted a VFIO driver (airlock bind)`);
  }
  if (root !== '/') return unasked('other-tree', 'another tree', `${root} is another tree, whose kernel cannot be asked`);
  if (vfioDevice === null) {
    return unasked('no-device-file', 'no VFIO device file', `${address} has no VFIO device file; wanted Linux 6.6 or newer`);
  }
  if (!hasIommufd) return unasked('no-iommufd', 'no iommufd', 'there is no /dev/iommu; wanted the module iommufd');
  return null;
}

/** What a refused call means for asking. Throws what is no refusal. */
function explain(error: unknown, isRoot: boolean): Unasked {
  if (error instanceof SyscallError) {
    const { call, code, message } = error;
    if (code === 'EACCES' && !isRoot) return unasked('not-root', 'not root', message);
    if (call === 'VFIO_DEVICE_BIND_IOMMUFD' && (code === 'EBUSY' || code === 'EINVAL')) {
      return unasked('held', 'in use by a process', message);
    }
    if (call === 'VFIO_DEVICE_BIND_IOMMUFD' && code === 'EPERM') return unasked('unsafe-interrupts', 'unsafe interrupts', message);
    return unasked('failed', code, message);
  }
  // koffi is an optional package.
  if (error instanceof Error && error.message.startsWith('Cannot call into the kernel'))
    return unasked('no-koffi', 'no koffi', error.message);
  throw error;
}

/**
 * Opens the device, binds it to an iommufd, lets `use` ask, and closes it. Only a device that a VFIO driver has and that no
 * process holds is opened; opening resets it.
 */
export function ask<T>(device: HostDevice, options: AskOptions, use: (opened: IommufdDevice) => T): Asked<T> {
  const why = whyNotAsked(device, options);
  if (why !== null || device.vfioDevice === null) return { unasked: why ?? unasked('no-device-file', 'no VFIO device file', '') };
  try {
    using iommufd = Iommufd.open();
    using opened = IommufdDevice.open(device.vfioDevice, iommufd);
    return { value: use(opened) };
  } catch (error) {
    return { unasked: explain(error, options.isRoot) };
  }
}

/** The kernel's word on ATS. A kernel that answers the question not at all leaves it unreported. */
export function askAboutAts(device: HostDevice, options: AskOptions): KernelAnswer {
  const asked = ask(device, options, opened => readAtsEvidence(opened));
  if ('value' in asked) return asked.value;
  return { answer: 'unknown', ...asked.unasked };
}

const NOT_KNOWN_TO_KERNEL = ['ENOTTY', 'EOPNOTSUPP'];

/** The evidence of an open device. Throws SyscallError. */
export function readAtsEvidence(opened: IommufdDevice): KernelAnswer {
  try {
    return { ...opened.hostIommuDevice().atsEvidence(), because: null };
  } catch (error) {
    if (!(error instanceof SyscallError) || !NOT_KNOWN_TO_KERNEL.includes(error.code)) throw error;
    return { answer: 'unreported', code: 'no-hw-info', because: null, text: error.message };
  }
}
