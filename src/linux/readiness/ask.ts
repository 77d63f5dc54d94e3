/** Asking the kernel about one device through iommufd, where that can be done without taking anything from anybody. */
import type { KernelAnswer } from '../../pure/reports/devices-report.ts';
import { SyscallError } from '../ffi/index.ts';
import { findUnreadable, type HostDevice } from '../sysfs/index.ts';
import { closedBecause, DeviceClosedError, type VfioDevice, withOpenDevice } from '../vfio/index.ts';

export interface AskOptions {
  /** Where the file system tree begins. Only the kernel of the one at `/` can be asked. */
  readonly root: string;
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

/** Why a device could not be opened; the errno's name alone where the kernel refused for a reason without a code of its own. */
export function unaskedFor({ code, because, message, cause }: DeviceClosedError): Unasked {
  return unasked(code, code === 'failed' && cause instanceof SyscallError ? cause.code : because, message);
}

/** Why the kernel is not asked, as far as that can be told before the device is opened. Loads nothing that calls into the kernel. */
export function whyNotAsked(device: HostDevice, { root, hasIommufd }: AskOptions): Unasked | null {
  const otherTree = unasked('other-tree', 'another tree', `${root} is another tree, whose kernel cannot be asked`);
  // A copied tree may not even tell whether the device has a group or a driver.
  if (root !== '/' && ['iommu_group', 'driver'].some(name => findUnreadable(device, name) !== null)) return otherTree;
  const closed = closedBecause(device, 'iommufd');
  if (closed !== null) return unaskedFor(closed);
  if (root !== '/') return otherTree;
  if (!hasIommufd) return unasked('no-iommufd', 'no iommufd', 'there is no /dev/iommu; wanted the module iommufd');
  return null;
}

/**
 * Opens the device, binds it to an iommufd, lets `use` ask, and closes it. Only a device is opened that is bound to a VFIO driver and that
 * no process holds; opening resets it.
 */
export function ask<T>(device: HostDevice, options: AskOptions, use: (opened: VfioDevice) => T): Asked<T> {
  const why = whyNotAsked(device, options);
  if (why !== null) return { unasked: why };
  try {
    return { value: withOpenDevice(device, 'iommufd', use) };
  } catch (error) {
    if (error instanceof DeviceClosedError) return { unasked: unaskedFor(error) };
    throw error;
  }
}

/** The kernel's word on ATS. Where the kernel does not answer the question, ATS is unreported. */
export function askAboutAts(device: HostDevice, options: AskOptions): KernelAnswer {
  const asked = ask(device, options, opened => readAtsEvidence(opened));
  if ('value' in asked) return asked.value;
  return { answer: 'unknown', ...asked.unasked };
}

const NOT_KNOWN_TO_KERNEL = ['ENOTTY', 'EOPNOTSUPP'];

/** The evidence of an open device. Throws SyscallError. */
export function readAtsEvidence(opened: VfioDevice): KernelAnswer {
  try {
    return { ...opened.hostIommuDevice().atsEvidence(), because: null };
  } catch (error) {
    if (!(error instanceof SyscallError) || !NOT_KNOWN_TO_KERNEL.includes(error.code)) throw error;
    return { answer: 'unreported', code: 'no-hw-info', because: null, text: error.message };
  }
}
