/** Whether a host hands a device to the VMM: it is there, a VFIO driver has it, its group is viable, the backend's files are there. */
import { type DeviceFacts, isFileThere, isHostDriver, isVfioDriver } from '../../../facts/index.ts';
import { kernelHas, kernelSince } from '../../../iommu/kernel-features.ts';
import type { DefinedDevice, DefinedObject } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { PlanMessage } from '../../plan-report.ts';
import { type GroupState, groupNumber, type HostIndex, WHOLE_CAPTURE, whyNotWhole } from '../host/plan-host.ts';
import { FINE, failed, planMessage, unknown, type Verdict } from '../verdict.ts';
import { type AttachWords, type Backend, busyWords, type Wanted } from './attach-words.ts';
import { judgeInterrupts } from './interrupts.ts';

/** One device that is asked of a host. */
export interface Attachment {
  readonly device: DefinedDevice;
  readonly address: string;
  readonly backend: Backend;
  /** Where the text names the host's device. */
  readonly origin: Origin;
  /** What is behind `address`; undefined where the host's facts have no such device. */
  readonly facts: DeviceFacts | undefined;
  /** Of the VMM that wants it. */
  readonly words: AttachWords;
}

/** What else the VM is given. */
export interface Neighbours {
  /** Those that were attached before. */
  readonly attached: Attached;
  /** Addresses that the VM's manager binds to a VFIO driver before the VMM starts, all of them first. */
  readonly boundAtStart: ReadonlySet<string>;
}

/** Devices of one VM that were attached before, by address. */
export type Attached = ReadonlyMap<string, Backend>;

/** How the VMM's words call it. */
const wantedOf = ({ address, backend, facts }: Attachment): Wanted => ({ address, backend, group: groupNumber(facts) });

/** The folder of the kernel's whose entries are devices. */
const DEVICES = '/sys/bus/pci/devices/';

/** A device that is named by a path which ends in no address: a link may lead to one, unless the path itself is not there. */
export function judgeSysfsPath(path: string, origin: Origin, { index, words }: { index: HostIndex; words: AttachWords }): Verdict {
  const { host } = index;
  const isAbsent = host.hasFile?.(path) === false || (host.isWhole === true && path.startsWith(DEVICES));
  if (!isAbsent || !path.startsWith('/')) return FINE;
  return failed('platform', { code: 'host.device-absent', message: words.absent(path, 'legacy'), origin });
}

function judgePresence(attachment: Attachment, { host }: HostIndex): Verdict {
  const { address, backend, facts, origin, words } = attachment;
  if (facts !== undefined) return FINE;
  const others = whyNotWhole(host);
  if (others !== null) {
    const why = `whether the host has ${address} is not known: ${others}, and not this one`;
    return unknown('platform', { code: 'host.device-not-captured', message: why, mend: WHOLE_CAPTURE, origin });
  }
  return failed('platform', { code: 'host.device-absent', message: words.absent(DEVICES + address, backend), origin });
}

function judgeDriver(attachment: Attachment, group: GroupState | null): Verdict {
  const { device, address, facts, backend, origin, words } = attachment;
  if (device.isBoundAtStart === true) return FINE;
  const driver = facts?.assignment?.driver ?? null;
  // Without a group no VFIO driver takes it.
  if (facts?.assignment?.iommuGroup === 'none') {
    const message = backend === 'legacy' ? words.ungrouped(wantedOf(attachment)) : words.notBound(wantedOf(attachment));
    return failed('platform', { code: 'group.none', message, origin });
  }
  if (driver === null) {
    return unknown('platform', { code: 'device.driver-unknown', message: `the driver of ${address} is not known`, origin });
  }
  if (driver !== 'none' && isVfioDriver(driver.name)) return FINE;
  const mend = `sudo airlock bind ${address}`;
  // The group's file is there as soon as one member has a VFIO driver; the next step looks at the others.
  if (backend === 'legacy' && driver !== 'none' && group !== null && group.bound.length > 0) return FINE;
  return failed('platform', { code: 'device.not-bound', message: words.notBound(wantedOf(attachment)), mend, origin });
}

const listBlockers = ({ blockers }: GroupState): string => blockers.map(({ address, driver }) => `${address} (${driver})`).join(', ');

function judgeGroup(attachment: Attachment, group: GroupState | null, boundAtStart: ReadonlySet<string>): Verdict {
  const { address, facts, origin, words } = attachment;
  if (facts?.assignment?.iommuGroup === 'none') {
    return failed('platform', { code: 'group.none', message: words.ungrouped(wantedOf(attachment)), origin });
  }
  if (group === null) {
    return unknown('platform', { code: 'group.unknown', message: `the group of ${address} is not known`, origin });
  }
  const blockers = group.blockers.filter(blocker => !boundAtStart.has(blocker.address));
  if (blockers.length > 0) {
    const mend = `${listBlockers({ ...group, blockers })} bound too: sudo airlock bind ${address} --group`;
    const message = words.notViable({ ...wantedOf(attachment), group: group.number });
    return failed('kernel', { code: 'group.not-viable', message, mend, origin });
  }
  const [first] = group.unknown.filter(member => !boundAtStart.has(member));
  if (first === undefined) return FINE;
  const message = `whether group ${group.number} is viable is not known: nothing is known of its member ${first}`;
  return unknown('platform', { code: 'group.unknown', message, origin });
}

function judgeContainer(attachment: Attachment, { host }: HostIndex): Verdict {
  if (attachment.backend !== 'legacy' || host.facts.vfioContainer !== 'none') return FINE;
  const mend = host.facts.iommufd === 'none' ? 'sudo modprobe vfio_iommu_type1' : null;
  const message = attachment.words.noContainer(wantedOf(attachment));
  return failed('platform', { code: 'vfio.container-absent', message, mend, origin: attachment.origin });
}

function judgeCdev(attachment: Attachment, { host }: HostIndex): Verdict {
  const { backend, facts, device, origin, words } = attachment;
  const isTooOld = kernelHas(host.facts.kernel, 'vfio-cdev') === false;
  if (backend !== 'iommufd' || (!isTooOld && (facts?.assignment?.cdev !== 'none' || device.isBoundAtStart === true))) return FINE;
  const since = isTooOld ? `Linux ${kernelSince('vfio-cdev')} or newer` : 'a kernel';
  const mend = isTooOld || host.facts.vfioContainer === 'none' ? `${since} with CONFIG_VFIO_DEVICE_CDEV` : null;
  return failed('platform', { code: 'vfio.cdev-absent', message: words.notBound(wantedOf(attachment)), mend, origin });
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
  const { address, backend, origin, words } = attachment;
  const before = attached.get(address);
  if (before === undefined) {
    if ([...attached.values()].every(other => other === backend)) return FINE;
    return failed('vmm', { code: 'backend.mixed', message: words.mixed, origin });
  }
  const wanted = wantedOf(attachment);
  const isInContainer = before === 'legacy' && backend === 'legacy';
  const message = isInContainer ? words.again(wanted) : busyWords(words, wanted, before, true);
  if (message !== null) return failed('vmm', { code: 'device.twice', message, origin });
  const doubt = `${address} is given to this VM twice, and what ${words.vmm} makes of that is not known`;
  return unknown('vmm', { code: 'device.twice', message: doubt, origin });
}

/** In the order in which the VMM finds out. */
export function judgeAttachment(attachment: Attachment, index: HostIndex, { attached, boundAtStart }: Neighbours): Verdict {
  const container = attachment.words.opensBackendFirst ? judgeContainer(attachment, index) : FINE;
  if (container.outcome !== 'realized') return container;
  const absent = judgePresence(attachment, index);
  if (absent.outcome !== 'realized' || attachment.facts === undefined) return absent;
  const group = index.groupOf(attachment.facts);
  const steps = [
    () => judgeRepetition(attachment, attached),
    () => judgeDriver(attachment, group),
    () => judgeContainer(attachment, index),
    () => judgeCdev(attachment, index),
    () => judgeGroup(attachment, group, boundAtStart),
    () => judgeInterrupts(attachment, wantedOf(attachment), index),
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
export function judgeIommufd({ origin }: DefinedObject, { host }: HostIndex, { noIommufd }: AttachWords): PlanMessage | null {
  if (host.facts.iommufd !== 'none') return null;
  const isTooOld = kernelHas(host.facts.kernel, 'iommufd') === false;
  const mend = isTooOld ? `Linux ${kernelSince('iommufd')} or newer with CONFIG_IOMMUFD` : null;
  return planMessage('platform', { code: 'iommufd.absent', message: noIommufd, mend, origin });
}

/** What managers unbind before the start, in words; null where nothing is in use. */
export function takenFromHost({ device, facts, address }: Attachment): PlanMessage | null {
  const driver = facts?.assignment?.driver ?? null;
  if (device.isBoundAtStart !== true || driver === null || driver === 'none' || !isHostDriver(driver.name)) return null;
  const message = `${address} is in use by ${driver.name}, which the VM's manager takes it from at the start`;
  return planMessage('platform', { code: 'device.taken', message });
}
