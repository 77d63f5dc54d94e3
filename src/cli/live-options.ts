/** A device of this machine as INPUT: how one is told from a file, and the options that say how it is read. */
import { readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readInterfaceAddress } from '../linux/sysfs/network-interface.ts';
import type { IommuBackend } from '../linux/vfio/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import { parseTypedAddress } from '../pure/pci/selector.ts';
import { type OptionSpec, type Options, UsageError } from './command.ts';
import { parseRoot } from './root-option.ts';

export interface LiveOptions {
  /** The folder in which the tree with sysfs begins; devices are opened only where it is `/`. */
  readonly root: string;
  readonly backend: IommuBackend;
  /** What happens where a device cannot be opened: `need` makes it an error, `try` a warning; `never` does not open it. */
  readonly open: 'need' | 'try' | 'never';
  /** For an input that is a hex dump: how it is to be read; null where the user did not choose, left out where there is no choice. */
  readonly form?: string | null;
}

export const BACKEND_OPTION: OptionSpec = {
  name: 'backend',
  value: 'B',
  choices: ['iommufd', 'legacy'],
  help: 'how the device is opened: iommufd (default), or by its group in a legacy container',
};

export const ANOTHER_TREE = 'another tree';

/** The options for an input that cannot be a device. */
export const UNOPENED: LiveOptions = { root: '/', backend: 'iommufd', open: 'never' };

/** Parses the options. A backend that the user chose must work; where one chosen here does not, that is only told. */
export function liveOptions(options: Options): LiveOptions {
  const root = options.value('root');
  const backend = options.value('backend');
  // The user typed the kernel's report in, so the device need not be opened for it.
  const isTyped = options.value('hw-caps') !== undefined || options.value('max-pasid-log2') !== undefined;
  return {
    root: parseRoot(options),
    backend: backend === 'legacy' ? 'legacy' : 'iommufd',
    form: options.value('input-format') ?? null,
    open: root !== undefined ? 'never' : backend !== undefined && !isTyped ? 'need' : 'try',
  };
}

/** Whether a path can be read as an input that is no device. */
function isInput(path: string): boolean {
  if (path === '-') return true;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    // The user may not search this directory; whoever reads the file says so.
    return false;
  }
}

/** The function behind `/dev/vfio/devices/vfioN`. Throws UsageError where there is none. */
function functionOf(path: string, root: string): Bdf {
  try {
    return Bdf.parse(basename(readlinkSync(`${root.replace(/\/$/, '')}/sys/class/vfio-dev/${basename(path)}/device`)));
  } catch {
    throw new UsageError(`Cannot read ${path}: no device of this machine has this name`);
  }
}

/**
 * The address that INPUT names: `3b:00.0`, libvirt's `pci_0000_3b_00_0`, a network interface, a folder of sysfs or a VFIO device
 * file; null for a file of any name and for all else. Throws UsageError for an interface or a VFIO device file without a device.
 */
export function liveAddress(path: string, root: string): Bdf | null {
  if (/^\/dev\/vfio\/devices\/vfio\d+$/.test(path)) return functionOf(path, root);
  if (isInput(path) || (path.startsWith('/') && !path.startsWith('/sys/'))) return null;
  return parseTypedAddress(path) ?? interfaceAddress(path, root);
}

/** The function behind a network interface; null where there is no interface of this name. Throws UsageError where it has no PCI device. */
export function interfaceAddress(name: string, root: string): Bdf | null {
  const address = readInterfaceAddress(name, root);
  if (address === null) throw new UsageError(`Cannot use ${name}: it is a network interface without a PCI device`);
  return address ?? null;
}
