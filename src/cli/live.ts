/** Devices of this machine: sysfs tells of each; VFIO adds vfio's bytes and the kernel's report where a device can be opened. */
import {
  findUnreadable,
  type HostBar,
  type HostDevice,
  type HostOfDevice,
  readArchitecture,
  readAssignment,
  readBridgesAbove,
  readDevice,
  readHidden,
  readKernelRelease,
  readPageSize,
} from '../linux/sysfs/index.ts';
import { type AtomicCompletion, DeviceClosedError, type IommuBackend, type VfioDevice, withOpenDevice } from '../linux/vfio/index.ts';
import { type DeviceFacts, deviceFacts, type VirtualFunction } from '../pure/facts/index.ts';
import { type HostIommuDevice, noReportDevice } from '../pure/iommu/index.ts';
import type { Bdf } from '../pure/pci/bdf.ts';
import { type ConfigSpace, EXTENDED_SIZE } from '../pure/pci/config-space.ts';
import type { KnownRegions } from '../pure/pci/regions.ts';
import { codeWords } from '../service/system-words.ts';
import { UsageError } from './command.ts';
import { ANOTHER_TREE, type LiveOptions } from './live-options.ts';

/** What VFIO gave of an open device. */
interface Opened {
  readonly backend: IommuBackend;
  readonly vfio: ConfigSpace;
  readonly hostIommu: HostIommuDevice;
  /** The kernel's answer about AtomicOps on the way to memory; null where it has none, left out where it was not asked. */
  readonly atomics?: AtomicCompletion | null;
}

/** A function of this machine. */
export interface LiveDevice {
  /** Its bytes were read while the device was open, if it was opened, so that they match vfio's. */
  readonly host: HostDevice;
  /** What VFIO gave; null where the device was not opened. */
  readonly opened: Opened | null;
  /** Why it was not opened: `in use by nvme`. */
  readonly notAsked: string | null;
  /** The error behind `reason`, with its code, where VFIO or the kernel refused. */
  readonly closed?: DeviceClosedError;
}

/** The function at `address`. Throws UsageError where there is none. */
export function readHostDevice(address: Bdf, root: string, config = true): HostDevice {
  let device: HostDevice | null;
  try {
    device = readDevice(address, { root, config });
  } catch (error) {
    throw new UsageError(`Cannot read ${address}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (device === null && readHidden([], root).includes(address.text))
    throw new UsageError(`Cannot read ${address}: it is listed, and its files vendor, device and class are not there`);
  const where = root === '/' ? 'this machine has no such PCI function' : `${root} has no such PCI function below sys/bus/pci/devices`;
  if (device === null) throw new UsageError(`Cannot read ${address}: ${where}`);
  return device;
}

/** Throws UsageError, which names the file, where no byte of the device is known. */
function requireConfig(device: HostDevice, root: string): HostDevice {
  const fault = findUnreadable(device, 'config');
  if (fault === null && device.config.knownLength > 0) return device;
  const path = `${root.replace(/\/$/, '')}/sys/bus/pci/devices/${device.address}/config`;
  throw new UsageError(`Cannot read ${device.address}: ${path}: ${fault === null ? 'it is empty' : codeWords(fault.code)}`);
}

/** Reads a device as the options say. Throws UsageError where it is not there, or must be opened and cannot be. */
export function readLive(address: Bdf, { root, backend, open }: LiveOptions): LiveDevice {
  const unopened = (notAsked: string): LiveDevice => ({ host: requireConfig(readHostDevice(address, root), root), opened: null, notAsked });
  if (open === 'never') return unopened(ANOTHER_TREE);
  try {
    const read = (device: VfioDevice): LiveDevice => {
      const opened = { backend, vfio: device.readConfig(), hostIommu: device.hostIommuDevice(), atomics: device.info.atomicCompletion };
      return { host: readHostDevice(address, root), opened, notAsked: null };
    };
    return withOpenDevice(readHostDevice(address, root, false), backend, read, true);
  } catch (error) {
    if (!(error instanceof DeviceClosedError)) throw error;
    if (open === 'need') throw new UsageError(error.message);
    return { ...unopened(error.because), closed: error };
  }
}

/** Type bits [3:0] of BAR 0 to 5 (PCIe 6.0 §7.5.1.2.1). */
function barTypes(bars: readonly HostBar[]): number[] {
  const types = [0, 0, 0, 0, 0, 0];
  for (const { index, kind, width, prefetchable } of bars) {
    if (index < types.length) types[index] = kind === 'io' ? 1 : (width === 64 ? 4 : 0) | (prefetchable ? 8 : 0);
  }
  return types;
}

/** What a virtual function is, as sysfs has it; null for any other function. */
export function virtualFunctionOf({ sriov, vendorId, deviceId, bars }: HostDevice): Required<VirtualFunction> | null {
  return sriov.physicalFunction === null ? null : { vendorId, deviceId, bars: barTypes(bars) };
}

/** What the kernel says of the regions. */
function sysfsRegions(bars: readonly HostBar[]): KnownRegions {
  const regions = bars.map(({ index, kind, width, prefetchable, size }) => ({
    ...{ index, width, prefetchable, size },
    kind: kind === 'rom' ? null : kind,
  }));
  return { source: 'host', isComplete: true, regions };
}

/** Where the bytes and the report come from, in a sentence. */
function describe({ host, opened, notAsked }: LiveDevice): string {
  const { knownLength } = host.config;
  // sysfs gives all bytes of a function to CAP_SYS_ADMIN alone, 64 to anybody else.
  const whose = notAsked === ANOTHER_TREE ? 'not in the file' : "root's";
  const partly = knownLength === 64 ? ` (the others, up to ${EXTENDED_SIZE}, are ${whose}: not known)` : '';
  const through = opened === null ? '' : `; vfio's bytes${opened.backend === 'iommufd' ? ' and the report' : ''} through ${opened.backend}`;
  return `live device: ${knownLength} bytes of the hardware from sysfs${partly}${through}`;
}

/** The device as an input of the commands. Throws UsageError as `readLive` does. */
export function readLiveInput(address: Bdf, options: LiveOptions): DeviceFacts {
  const { root } = options;
  const kernel = readKernelRelease(root);
  const facts = liveFacts(readLive(address, options), { root, kernel });
  return { ...facts, hostIommu: facts.hostIommu ?? noReportDevice(kernel) };
}

/** The device with its place in the host, whose tree begins at `root`. */
export function liveFacts(device: LiveDevice, { root, kernel }: HostOfDevice): DeviceFacts {
  const above = readBridgesAbove(device.host.address, root);
  const assignment = { ...readAssignment(device.host, { root, kernel }), bridges: above?.map(({ address }) => address) ?? null };
  return { ...liveInput(device, root), above: above?.map(({ config }) => config) ?? null, assignment };
}

/** As bits [9:7] of Device Capabilities 2 (PCIe 6.0 §7.5.3.15). A kernel that says nothing completes nothing. */
function atomicBits(atomics: AtomicCompletion | null): number {
  if (atomics === null) return 0;
  return (atomics.bits32 ? 1 << 7 : 0) | (atomics.bits64 ? 1 << 8 : 0) | (atomics.bits128 ? 1 << 9 : 0);
}

/** The device alone, of the host whose tree begins at `root`. */
export function liveInput(device: LiveDevice, root: string): DeviceFacts {
  const { host, opened, notAsked } = device;
  return deviceFacts(host.config, {
    origin: 'host',
    bdf: host.address,
    vfio: opened?.vfio ?? null,
    hostIommu: opened?.hostIommu ?? null,
    hostArchitecture: readArchitecture(root),
    hostPageSize: readPageSize(root),
    notAsked,
    virtualFunction: virtualFunctionOf(host),
    regions: sysfsRegions(host.bars),
    reportedAtomicOps: opened?.atomics === undefined ? null : atomicBits(opened.atomics),
    description: describe(device),
  });
}
