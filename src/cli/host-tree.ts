/** The host that a command is about, read from its file system tree. */
import { existsSync } from 'node:fs';
import { type HostDevice, readDevice, readDevices, readHidden } from '../linux/sysfs/index.ts';
import { type Bdf, BdfError } from '../pure/pci/bdf.ts';
import { matchesSlot, parseSlotSelector, parseTypedAddress, SelectorError } from '../pure/pci/selector.ts';
import { UsageError } from './command.ts';
import { interfaceAddress } from './live-options.ts';
import { printError } from './output.ts';

/** How many devices a message names. */
const MOST_NAMED = 8;

/** Throws UsageError for a host without PCI; the error names the folder that is missing. */
export function requirePci(root: string): void {
  const path = `${root === '/' ? '' : root}/sys/bus/pci/devices`;
  if (!existsSync(path)) throw new UsageError(`Cannot list devices: there is no ${path}; wanted a host with PCI and its sysfs`);
}

/** Parses what the user typed: an address, libvirt's name, or a network interface of the host at `root`. Throws UsageError. */
export function parseAddress(text: string, root: string): Bdf {
  const address = parseTypedAddress(text) ?? interfaceAddress(text, root);
  if (address === null) throw new UsageError(new BdfError(text).message);
  return address;
}

/** As `parseAddress`; takes a shortened address (`1f.0`) too where only one function fits. Throws UsageError. */
export function chooseAddress(text: string, root: string): Bdf {
  if (!/^[\da-fx*]*[:.][\da-fx*:.]*$/i.test(text) || parseTypedAddress(text) !== null) return parseAddress(text, root);
  requirePci(root);
  try {
    const slot = parseSlotSelector(text);
    const fitting = readAllDevices(root, false).filter(({ address }) => matchesSlot(slot, address));
    const [first] = fitting;
    if (first === undefined) throw new UsageError(`Cannot find ${text}: this host has no such device; airlock devices lists what there is`);
    if (fitting.length === 1) return first.address;
    const names = fitting.slice(0, MOST_NAMED).map(({ address }) => address.text);
    throw new UsageError(`${text} names ${fitting.length} devices, wanted one: ${names.join(', ')}`);
  } catch (error) {
    if (error instanceof SelectorError) throw new UsageError(error.message);
    throw error;
  }
}

/** The function at an address. Throws UsageError where the host has none. */
export function requireDevice(address: Bdf, root: string, config = true): HostDevice {
  requirePci(root);
  const device = systemWords(`read ${address}`, () => readDevice(address, { root, config }));
  if (device === null && readHidden([], root).includes(address.text))
    throw new UsageError(`Cannot read ${address}: it is listed, and its files vendor, device and class are not there`);
  if (device === null) throw new UsageError(`Cannot find ${address}: this host has no such device; airlock devices lists what there is`);
  return device;
}

/** Warns of listed devices that could not be read. */
function tellHidden(devices: readonly HostDevice[], root: string): void {
  const hidden = readHidden(devices, root);
  if (hidden.length === 0) return;
  const more = hidden.length > MOST_NAMED ? [`and ${hidden.length - MOST_NAMED} more`] : [];
  printError(`airlock: note: listed and not read, as their files are not there: ${[...hidden.slice(0, MOST_NAMED), ...more].join(', ')}`);
}

/** All functions of the host; warns of those that could not be read. Throws UsageError. */
export function readAllDevices(root: string, config: boolean): HostDevice[] {
  const devices = systemWords('read the devices', () => readDevices({ root, config }));
  tellHidden(devices, root);
  return devices;
}

/** Runs `read`; where the system refuses, the message says what was tried. */
export function systemWords<T>(action: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new UsageError(`Cannot ${action}: ${error.message}`);
    throw error;
  }
}

/** The physical function behind a virtual one, with its config space; null where there is none. */
export function readPhysical({ sriov }: HostDevice, root: string): HostDevice | null {
  return sriov.physicalFunction === null ? null : readDevice(sriov.physicalFunction, { root });
}

export const isRootUser = (): boolean => process.getuid?.() === 0;
