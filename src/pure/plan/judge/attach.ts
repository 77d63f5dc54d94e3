/**
 * Whether a host hands a device to QEMU: the device is there, a VFIO driver has it, its group is viable, the backend's files are there.
 * The words are those of QEMU 11.1.3; file descriptors in them are written as `N`.
 */
import { type DeviceFacts, isFileThere, isHostDriver, isVfioDriver } from '../../facts/index.ts';
import { kernelHas, kernelSince } from '../../iommu/kernel-features.ts';
import type { DefinedDevice, DefinedObject } from '../definition.ts';
import type { Origin } from '../origin.ts';
import type { PlanMessage } from '../plan-report.ts';
import { type GroupState, groupNumber, type HostIndex, WHOLE_CAPTURE, whyNotWhole } from './plan-host.ts';
import { FINE, failed, planMessage, unknown, type Verdict } from './verdict.ts';

/** What stands between the VMM and the kernel: `/dev/iommu` with the device's cdev, or the container of its group. */
export type Backend = 'iommufd' | 'legacy';

/** One device that is asked of a host. */
export interface Attachment {
  readonly device: DefinedDevice;
  readonly address: string;
  readonly backend: Backend;
  /** Where the text names the host's device. */
  readonly origin: Origin;
  /** What is behind `address`; undefined where the host's facts have no such device. */
  readonly facts: DeviceFacts | undefined;
}

/** Devices of one VM that were attached before, by address. */
export type Attached = ReadonlyMap<string, Backend>;

const NO_FILE = 'No such file or directory';

/** QEMU's words about a device of the host. */
export const vfio = (address: string, words: string): string => `vfio ${address}: ${words}`;

/** What a group's number is, where that is known. */
const groupName = ({ facts }: Attachment): string => String(groupNumber(facts) ?? 'N');

/** What QEMU says where it does not get the file of a group. */
const noGroup = (group: number | null, reason: string): string => `Could not open '/dev/vfio/${group ?? 'N'}': ${reason}`;

/** What QEMU says where the kernel refuses to bind a device's cdev to an iommufd. */
const noBind = (reason: string): string => `error bind device fd=N to iommufd=N: ${reason}`;

/** What is said of a device whose group somebody holds through `holder`; `isSame`: the device itself, not another member. */
export function busyWords(backend: Backend, holder: Backend, group: number | null, isSame: boolean): string {
  if (backend === 'legacy') return noGroup(group, 'Device or resource busy');
  if (holder === 'legacy') return noBind('Device or resource busy');
  return noBind(isSame ? 'Invalid argument' : 'Operation not permitted');
}

/** QEMU's words where the device's own file is not there, since no VFIO driver has it. */
function notBound(attachment: Attachment): string {
  const { address, backend } = attachment;
  const folder = `/sys/bus/pci/devices/${address}/vfio-dev`;
  return backend === 'iommufd'
    ? vfio(address, `vfio ${folder}: couldn't open directory ${folder}: ${NO_FILE}`)
    : vfio(address, noGroup(groupNumber(attachment.facts), NO_FILE));
}

const noGroupFound = (address: string): string => vfio(address, `no iommu_group found: ${NO_FILE}`);

/** QEMU's words where `path` does not lead to a device of the host. */
const noDevice = (path: string): string => vfio(path, `no such host device: ${NO_FILE}`);

/** The folder of the kernel's whose entries are devices. */
const DEVICES = '/sys/bus/pci/devices/';

/** A device that is named by a path which ends in no address: a link may lead to one, unless the path itself is not there. */
export function judgeSysfsPath(path: string, origin: Origin, { host }: HostIndex): Verdict {
  const isAbsent = host.hasFile?.(path) === false || (host.isWhole === true && path.startsWith(DEVICES));
  if (!isAbsent || !path.startsWith('/')) return FINE;
  return failed('platform', { code: 'host.device-absent', message: noDevice(path), origin });
}

function judgePresence({ address, facts, origin }: Attachment, { host }: HostIndex): Verdict {
  if (facts !== undefined) return FINE;
  const others = whyNotWhole(host);
  if (others !== null) {
    const why = `whether the host has ${address} is not known: ${others}, and not this one`;
    return unknown('platform', { code: 'host.device-not-captured', message: why, mend: WHOLE_CAPTURE, origin });
  }
  return failed('platform', { code: 'host.device-absent', message: noDevice(DEVICES + address), origin });
}

function judgeDriver(attachment: Attachment, group: GroupState | null): Verdict {
  const { device, address, facts, backend, origin } = attachment;
  if (device.isBoundAtStart === true) return FINE;
  const driver = facts?.assignment?.driver ?? null;
  // Without a group no VFIO driver takes it.
  if (facts?.assignment?.iommuGroup === 'none') {
    const message = backend === 'legacy' ? noGroupFound(address) : notBound(attachment);
    return failed('platform', { code: 'group.none', message, origin });
  }
  if (driver === null) {
    return unknown('platform', { code: 'device.driver-unknown', message: `the driver of ${address} is not known`, origin });
  }
  if (driver !== 'none' && isVfioDriver(driver.name)) return FINE;
  const mend = `sudo airlock bind ${address}`;
  // The group's file is there as soon as one member has a VFIO driver; the next step looks at the others.
  if (backend === 'legacy' && driver !== 'none' && group !== null && group.bound.length > 0) return FINE;
  return failed('platform', { code: 'device.not-bound', message: notBound(attachment), mend, origin });
}

const listBlockers = ({ blockers }: GroupState): string => blockers.map(({ address, driver }) => `${address} (${driver})`).join(', ');

function judgeGroup(attachment: Attachment, group: GroupState | null): Verdict {
  const { address, facts, backend, device, origin } = attachment;
  if (facts?.assignment?.iommuGroup === 'none') {
    return failed('platform', { code: 'group.none', message: noGroupFound(address), origin });
  }
  if (group === null) {
    return unknown('platform', { code: 'group.unknown', message: `the group of ${address} is not known`, origin });
  }
  const isOwn = (member: string): boolean => device.isBoundAtStart === true && member === address;
  const blockers = group.blockers.filter(blocker => !isOwn(blocker.address));
  if (blockers.length > 0) {
    const words = backend === 'legacy' ? `group ${group.number} is not viable` : noBind('Operation not permitted');
    const mend = `sudo airlock bind ${address} --group: ${listBlockers({ ...group, blockers })}`;
    return failed('kernel', { code: 'group.not-viable', message: vfio(address, words), mend, origin });
  }
  const [first] = group.unknown.filter(member => !isOwn(member));
  if (first === undefined) return FINE;
  const message = `whether group ${group.number} is viable is not known: nothing is known of its member ${first}`;
  return unknown('platform', { code: 'group.unknown', message, origin });
}

function judgeFiles(attachment: Attachment, { host }: HostIndex): Verdict {
  const { address, backend, facts, device, origin } = attachment;
  if (backend === 'legacy') {
    if (host.facts.vfioContainer !== 'none') return FINE;
    const words = `failed to setup container for group ${groupName(attachment)}: Could not open '/dev/vfio/vfio': ${NO_FILE}`;
    const mend = host.facts.iommufd === 'none' ? 'sudo modprobe vfio_iommu_type1' : null;
    return failed('platform', { code: 'vfio.container-absent', message: vfio(address, words), mend, origin });
  }
  const isTooOld = kernelHas(host.facts.kernel, 'vfio-cdev') === false;
  if (!isTooOld && (facts?.assignment?.cdev !== 'none' || device.isBoundAtStart === true)) return FINE;
  const since = isTooOld ? `Linux ${kernelSince('vfio-cdev')} or newer` : 'a kernel';
  const mend = isTooOld || host.facts.vfioContainer === 'none' ? `${since} with CONFIG_VFIO_DEVICE_CDEV` : null;
  return failed('platform', { code: 'vfio.cdev-absent', message: notBound(attachment), mend, origin });
}

/** A device that the kernel was asked about through iommufd has both files. */
function judgeUnknownFiles({ address, backend, facts, device, origin }: Attachment, { host }: HostIndex): Verdict {
  if (backend === 'legacy' || facts?.hostIommu?.backend === 'iommufd') return FINE;
  const hasFile = device.isBoundAtStart === true ? null : isFileThere(facts?.assignment?.cdev ?? null);
  if (host.facts.iommufd !== null && (hasFile !== null || device.isBoundAtStart === true)) return FINE;
  const what = host.facts.iommufd === null ? 'the host has /dev/iommu' : `${address} gets a file of its own in /dev/vfio/devices`;
  return unknown('platform', { code: 'iommufd.unknown', message: `whether ${what} is not known`, origin });
}

/** A device that the same VM was given before, or another beside it through the other backend. */
function judgeRepetition(attachment: Attachment, attached: Attached): Verdict {
  const { address, backend, origin } = attachment;
  const before = attached.get(address);
  if (before === undefined) {
    if ([...attached.values()].every(other => other === backend)) return FINE;
    const message = 'QEMU 11.1.3 aborts where one device has an iommufd object and another has none';
    return failed('vmm', { code: 'backend.mixed', message, origin });
  }
  const isInContainer = before === 'legacy' && backend === 'legacy';
  const words = isInContainer ? 'device is already attached' : busyWords(backend, before, groupNumber(attachment.facts), true);
  return failed('vmm', { code: 'device.twice', message: vfio(address, words), origin });
}

/** In the order in which QEMU finds out. */
export function judgeAttachment(attachment: Attachment, index: HostIndex, attached: Attached): Verdict {
  const absent = judgePresence(attachment, index);
  if (absent.outcome !== 'realized' || attachment.facts === undefined) return absent;
  const group = index.groupOf(attachment.facts);
  const steps = [
    () => judgeRepetition(attachment, attached),
    () => judgeDriver(attachment, group),
    () => judgeFiles(attachment, index),
    () => judgeGroup(attachment, group),
    () => judgeUnknownFiles(attachment, index),
  ];
  let doubt: Verdict = FINE;
  for (const step of steps) {
    const verdict = step();
    if (verdict.outcome === 'failed') return verdict;
    if (doubt.outcome === 'realized') doubt = verdict;
  }
  return doubt;
}

/** What the host says of an iommufd object; null where it can be made. */
export function judgeIommufd({ origin }: DefinedObject, { host }: HostIndex): PlanMessage | null {
  if (host.facts.iommufd !== 'none') return null;
  const message = '/dev/iommu does not exist (is your kernel config missing CONFIG_IOMMUFD?)';
  const isTooOld = kernelHas(host.facts.kernel, 'iommufd') === false;
  const mend = isTooOld ? `Linux ${kernelSince('iommufd')} or newer with CONFIG_IOMMUFD` : null;
  return planMessage('platform', { code: 'iommufd.absent', message, mend, origin });
}

/** What managers unbind before the start, in words; null where nothing is in use. */
export function takenFromHost({ device, facts, address }: Attachment): PlanMessage | null {
  const driver = facts?.assignment?.driver ?? null;
  if (device.isBoundAtStart !== true || driver === null || driver === 'none' || !isHostDriver(driver.name)) return null;
  const message = `${address} is in use by ${driver.name}, which the VM's manager takes it from at the start`;
  return planMessage('platform', { code: 'device.taken', message });
}
