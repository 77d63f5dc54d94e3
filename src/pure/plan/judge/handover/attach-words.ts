/** What a VMM says where a host does not hand a device over. File descriptors, and numbers of groups that are not known, are written as `N`. */
import type { AttachWording } from '../../../profiles/profile.ts';

/** What stands between the VMM and the kernel: `/dev/iommu` with the device's cdev, or the container of its group. */
export type Backend = 'iommufd' | 'legacy';

/** What the kernel answers. */
const ERRORS = {
  EPERM: { number: 1, text: 'Operation not permitted' },
  ENOENT: { number: 2, text: 'No such file or directory' },
  EBUSY: { number: 16, text: 'Device or resource busy' },
  EINVAL: { number: 22, text: 'Invalid argument' },
} as const;

export type KernelError = keyof typeof ERRORS;

/** A device of the host, and how the VMM wants it. */
export interface Wanted {
  readonly address: string;
  readonly backend: Backend;
  /** Its number; null where it is not known. */
  readonly group: number | null;
}

/** The words of one VMM. */
export interface AttachWords {
  /** The VMM, and what is known of it. */
  readonly vmm: string;
  /** Whether it opens the container, or iommufd, before it looks for a device. */
  readonly opensBackendFirst: boolean;
  /** Any complaint about a device. */
  readonly about: (address: string, words: string) => string;
  /** `path`: what is looked for, in sysfs. */
  readonly absent: (path: string, backend: Backend) => string;
  /** The device's own file, or that of its group, is not there, since no VFIO driver has it. */
  readonly notBound: (wanted: Wanted) => string;
  /** The host has no group for it. */
  readonly ungrouped: (wanted: Wanted) => string;
  readonly notViable: (wanted: Wanted) => string;
  readonly noContainer: (wanted: Wanted) => string;
  readonly noIommufd: string;
  /** The file of its group cannot be opened. */
  readonly group: (wanted: Wanted, error: KernelError) => string;
  /** The kernel does not bind its cdev to an iommufd. */
  readonly bind: (wanted: Wanted, error: KernelError) => string;
  /** The kernel takes no device whose interrupts are not kept apart from those of others. */
  readonly unsafe: (wanted: Wanted) => string;
  /** The same VM has it in the same container; null where nobody has seen what comes of that. */
  readonly again: (wanted: Wanted) => string | null;
  /** One device of a VM has iommufd and another has not. */
  readonly mixed: string;
}

const aboutInQemu = (address: string, words: string): string => `vfio ${address}: ${words}`;
const numberOf = ({ group }: Wanted): string => String(group ?? 'N');
const groupInQemu = (wanted: Wanted, error: KernelError): string => `Could not open '/dev/vfio/${numberOf(wanted)}': ${ERRORS[error].text}`;
const bindInQemu = ({ address }: Wanted, error: KernelError): string =>
  aboutInQemu(address, `error bind device fd=N to iommufd=N: ${ERRORS[error].text}`);

function notBoundInQemu(wanted: Wanted): string {
  const { address, backend } = wanted;
  const folder = `/sys/bus/pci/devices/${address}/vfio-dev`;
  const words = backend === 'iommufd' ? `vfio ${folder}: couldn't open directory ${folder}: ${ERRORS.ENOENT.text}` : null;
  return aboutInQemu(address, words ?? groupInQemu(wanted, 'ENOENT'));
}

/** Of QEMU 11.1.3. */
const qemu: AttachWords = {
  vmm: 'QEMU 11.1.3',
  opensBackendFirst: false,
  about: aboutInQemu,
  absent: path => aboutInQemu(path, `no such host device: ${ERRORS.ENOENT.text}`),
  notBound: notBoundInQemu,
  ungrouped: ({ address }) => aboutInQemu(address, `no iommu_group found: ${ERRORS.ENOENT.text}`),
  notViable: wanted =>
    wanted.backend === 'legacy' ? aboutInQemu(wanted.address, `group ${numberOf(wanted)} is not viable`) : bindInQemu(wanted, 'EPERM'),
  noContainer: wanted =>
    aboutInQemu(
      wanted.address,
      `failed to setup container for group ${numberOf(wanted)}: Could not open '/dev/vfio/vfio': ${ERRORS.ENOENT.text}`,
    ),
  noIommufd: '/dev/iommu does not exist (is your kernel config missing CONFIG_IOMMUFD?)',
  group: (wanted, error) => aboutInQemu(wanted.address, groupInQemu(wanted, error)),
  bind: bindInQemu,
  unsafe: wanted =>
    wanted.backend === 'iommufd'
      ? bindInQemu(wanted, 'EPERM')
      : aboutInQemu(
          wanted.address,
          `failed to setup container for group ${numberOf(wanted)}: Failed to set iommu for container: ${ERRORS.EPERM.text}`,
        ),
  again: ({ address }) => aboutInQemu(address, 'device is already attached'),
  mixed: 'QEMU 11.1.3 aborts where one device has an iommufd object and another has none',
};

/** As its last lines say it, the causes behind one another. */
const cloudError = (error: KernelError): string => `${ERRORS[error].text} (os error ${ERRORS[error].number})`;
const cannotCreate = (words: string): string => `Cannot create a VFIO device: ${words}`;
const NO_CDEV = cannotCreate("invalid 'vfio_dev' folder");
const groupInCloud = (wanted: Wanted, error: KernelError): string =>
  cannotCreate(`failed to open /dev/vfio/${numberOf(wanted)} group: ${cloudError(error)}`);
const bindInCloud = (_: Wanted, error: KernelError): string =>
  cannotCreate(`failed to bind the vfio device to the specified iommufd: ${cloudError(error)}`);

/** Of Cloud Hypervisor 53, which names no device. */
const cloudHypervisor: AttachWords = {
  vmm: 'Cloud Hypervisor 53',
  opensBackendFirst: true,
  about: (_, words) => words,
  // The link to its group, or the folder of its cdev, is looked for below its path.
  absent: (_, backend) => (backend === 'legacy' ? cannotCreate('invalid file path') : NO_CDEV),
  notBound: wanted => (wanted.backend === 'legacy' ? groupInCloud(wanted, 'ENOENT') : NO_CDEV),
  ungrouped: ({ backend }) => (backend === 'legacy' ? cannotCreate('invalid file path') : NO_CDEV),
  notViable: wanted => (wanted.backend === 'legacy' ? cannotCreate('group is not viable') : bindInCloud(wanted, 'EPERM')),
  noContainer: () => cannotCreate(`failed to open /dev/vfio/vfio container: ${cloudError('ENOENT')}`),
  noIommufd: `Cannot create iommufd: failed to open /dev/iommufd: ${cloudError('ENOENT')}`,
  group: groupInCloud,
  bind: bindInCloud,
  // Its words for a container were not seen.
  unsafe: wanted => (wanted.backend === 'iommufd' ? bindInCloud(wanted, 'EPERM') : cannotCreate(cloudError('EPERM'))),
  again: () => null,
  mixed: 'Cloud Hypervisor has one backend for all devices',
};

/** By the trait of a profile. */
export const ATTACH_WORDS: Readonly<Record<AttachWording, AttachWords>> = { qemu, 'cloud-hypervisor': cloudHypervisor };

/** What is said of a device whose group somebody holds through `holder`; `isSame`: the device itself, not another member. */
export function busyWords(words: AttachWords, wanted: Wanted, holder: Backend, isSame: boolean): string {
  if (wanted.backend === 'legacy') return words.group(wanted, 'EBUSY');
  if (holder === 'legacy') return words.bind(wanted, 'EBUSY');
  return words.bind(wanted, isSame ? 'EINVAL' : 'EPERM');
}
