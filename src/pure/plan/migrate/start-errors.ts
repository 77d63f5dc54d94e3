/** What the lines mean with which a VM with a device of the host's does not start: QEMU's and libvirt's. `airlock plan` says them before. */
import { ADDRESS, about, type ErrorPattern } from './error-pattern.ts';

/** The address of QEMU's `vfio 0000:01:00.0: `, which may be missing, or stand before other words. */
const VFIO = String.raw`(?:vfio (${ADDRESS}|/[^\s:]{1,100}(?::[^\s:]{1,4}){0,2}): )?`;
const REASON = `(No such file or directory|Permission denied|Operation not permitted|Device or resource busy|Invalid argument|Cannot allocate memory)`;

const WHY: Readonly<Record<string, string>> = {
  'no such file or directory': 'no driver of VFIO has the device: airlock bind gives it one',
  'permission denied': 'the user that runs the VMM may not open it',
  'operation not permitted':
    'the kernel refuses: another function of its IOMMU group is bound to a driver of the host, or the limits of the process forbid it',
  'device or resource busy': 'another process has it: another VM, or another function of the same group',
  'invalid argument': 'the kernel takes it neither so nor there: see the log of the host',
  'cannot allocate memory': 'the memory that the process may lock is not enough',
};

const why = (reason: string | undefined): string => WHY[reason?.toLowerCase() ?? ''] ?? `the kernel says: ${reason}`;

export const START_ERRORS: readonly ErrorPattern[] = [
  about(
    'group.not-viable',
    String.raw`${VFIO}group (\d{1,10}) is not viable`,
    ([, group]) =>
      `Another function of IOMMU group ${group} is bound to a driver of the host: every one of them is bound to VFIO's or to none. airlock devices lists the group, airlock bind --group takes it.`,
    0,
  ),
  about(
    'group.none',
    `${VFIO}no iommu_group found`,
    () =>
      'The host has no IOMMU for the device: it is off in the firmware (VT-d, AMD-Vi, SMMU) or in the kernel (intel_iommu=on). airlock doctor tells which.',
    0,
  ),
  about(
    'vfio.container-absent',
    String.raw`${VFIO}(?:failed to setup container for group \d{1,10}: )?(?:Could not|failed to) open '?/dev/vfio/vfio'?: ${REASON}`,
    ([, reason]) =>
      reason?.startsWith('No such') === true
        ? 'The kernel has no VFIO container: its module is not loaded (modprobe vfio_iommu_type1), or the kernel has iommufd alone.'
        : `The VFIO container cannot be opened: ${why(reason)}.`,
    0,
  ),
  about(
    'vfio.group-file',
    String.raw`${VFIO}(?:Could not|failed to) open '?/dev/vfio/(?:noiommu-)?\d{1,10}'?: ${REASON}`,
    ([, reason]) => `The file of the device's IOMMU group cannot be opened: ${why(reason)}.`,
    0,
  ),
  about(
    'vfio.group-device',
    String.raw`${VFIO}error getting device from group \d{1,10}: ${REASON}`,
    ([, reason]) =>
      `The group does not give the device away: ${why(reason)}. A VF whose PF is VFIO's too needs its vf-token, and nothing else takes one.`,
    0,
  ),
  about(
    'iommufd.bind',
    String.raw`${VFIO}error bind device fd=\d{1,10} to iommufd=\d{1,10}: ${REASON}`,
    ([, reason]) => `The device cannot be bound to the iommufd: ${why(reason)}.`,
    0,
  ),
  about(
    'memory.limit',
    String.raw`(?:VFIO_MAP_DMA(?: failed)?|(?:vfio|iommufd)[\w-]{0,40}dma_map\([^)\n]{0,120}\)(?: = -12)?)[^\n]{0,40}?\(?Cannot allocate memory`,
    () => "The VM's memory cannot be locked: the limit of the process is too small (ulimit -l, LimitMEMLOCK=, libvirt's hard_limit).",
  ),
  about(
    'interrupt.remapping',
    'No interrupt remapping (?:support|for this platform)[^\\n]{0,80}',
    () =>
      'The IOMMU of the host does not remap interrupts, so that a guest could forge them; allow_unsafe_interrupts=1 of vfio_iommu_type1 takes that on.',
  ),
  about(
    'host.device-absent',
    String.raw`vfio (/[^\s]{1,120}?|${ADDRESS}): no such host device`,
    () => 'The host has no device of that address: addresses change when cards or firmware settings do. airlock devices lists them.',
    0,
  ),
  about(
    'device.in-use',
    String.raw`PCI device (${ADDRESS}) is in use by driver ([\w-]{1,40}), domain ([^\s"']{1,100})`,
    ([, , domain]) => `libvirt has given the device to ${domain}, which runs.`,
    0,
  ),
  about(
    'ats.required.kernel-unsupported',
    'ATS requested but not supported by kernel',
    () =>
      'ats=on, and the kernel says of this device that its IOMMU or its place in the tree does not support ATS: ats=auto or ats=off starts.',
    0,
  ),
];
