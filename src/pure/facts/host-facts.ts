/** Facts of a host that device assignment depends on, from the host itself, from a copy of its files or from a capture. */

/**
 * Which host it is, without naming it: a keyed hash, the same in every capture of the host. `from` is what was hashed; two hashes can
 * be compared where that is the same.
 */
export interface HostId {
  readonly from: 'machine-id' | 'product-uuid';
  /** 32 hexadecimal digits. */
  readonly hash: string;
}

/** A device file. Fields are null where its inode was not seen, as for a file that only the kernel's list of devices names. */
export interface DeviceFile {
  /** As the host sees it, such as `/dev/iommu`. */
  readonly path: string;
  /** Permissions as four octal digits, such as `0660`. */
  readonly mode: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
}

/** An IOMMU. */
export interface HostIommu {
  /** In /sys/class/iommu; null where that was not captured, since it may hold an address. */
  readonly name: string | null;
  /** `intel-vtd`, `amd`, `arm-smmuv3`, …; `other` where the kernel's name for it fits none of them. */
  readonly kind: string;
  /** Registers and versions as sysfs writes them: `cap`, `ecap`, `version`, `address` of VT-d; `cap`, `features` of AMD. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Sysfs names of the devices behind it; null where they are not known. */
  readonly devices: readonly string[] | null;
}

/** `present`: loaded or built in, it is unknown which. `absent`: not in the running kernel; it may still be on the disk. */
export type ModuleState = 'loaded' | 'builtin' | 'present' | 'absent';

/** A module of VFIO or iommufd, by its name with underscores. */
export interface ModuleFacts {
  readonly name: string;
  readonly state: ModuleState;
  /** The parameters that matter and could be read, as sysfs writes them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** One NUMA node of the host. */
export interface NumaNode {
  readonly node: number;
  /** Distances to each node, in the order of the nodes, 10 to itself (ACPI 6.5 §5.2.17); null where the kernel does not say. */
  readonly distances: readonly number[] | null;
  /** Its processors, such as `0-15,32-47`; empty for a node of memory alone; null where the kernel does not say. */
  readonly cpus: string | null;
}

/** One of `airlock doctor`'s checks, as it ended on the host. */
export interface CheckFact {
  /** Such as `iommu.on`. */
  readonly code: string;
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly text: string;
}

/** A host. Everywhere `null` is what is not known, and `'none'` what is known not to be there. */
export interface HostFacts {
  readonly id: HostId | null;
  /** When it was asked: `2026-11-28T18:00:00Z`. */
  readonly time: string | null;
  /** `uname -r`. */
  readonly kernel: string | null;
  /** `uname -m`. */
  readonly architecture: string | null;
  /** Bytes of a page. */
  readonly pageSize: number | null;
  /** Words of the kernel's command line that matter for assignment, in its order; never the others. */
  readonly kernelOptions: readonly string[] | null;
  /** Whether the command line holds `pci=noats`, which switches ATS off for all devices. */
  readonly noAts: boolean | null;
  /** The IOMMUs in use. */
  readonly iommus: readonly HostIommu[] | null;
  /** /dev/iommu. */
  readonly iommufd: DeviceFile | 'none' | null;
  /** /dev/vfio/vfio, the legacy container. */
  readonly vfioContainer: DeviceFile | 'none' | null;
  /** VFIO's modules and iommufd; variant drivers where they are there. */
  readonly modules: readonly ModuleFacts[] | null;
  readonly numaNodes: readonly NumaNode[] | null;
  /** The checks of the host; those of a device are with the device. */
  readonly checks: readonly CheckFact[] | null;
  /** Whether the devices that come with these facts are all PCI functions that the host has, so that another is not there. */
  readonly isWhole: boolean | null;
}

/** A host of which nothing is known. */
export const NO_HOST_FACTS: HostFacts = {
  id: null,
  time: null,
  kernel: null,
  architecture: null,
  pageSize: null,
  kernelOptions: null,
  noAts: null,
  iommus: null,
  iommufd: null,
  vfioContainer: null,
  modules: null,
  numaNodes: null,
  checks: null,
  isWhole: null,
};

/** Whether a device file is there; null where that is not known. */
export function isFileThere(file: DeviceFile | 'none' | null): boolean | null {
  return file === null ? null : file !== 'none';
}

/** Names of the modules that the running kernel has; null where they are not known. */
export function presentModules({ modules }: Pick<HostFacts, 'modules'>): string[] | null {
  return modules?.filter(({ state }) => state !== 'absent').map(({ name }) => name) ?? null;
}

/** Whether a parameter of a module is set to yes; null where the module or its parameter is not there, or is not known. */
export function isParameterSet({ modules }: Pick<HostFacts, 'modules'>, module: string, parameter: string): boolean | null {
  const text = modules?.find(({ name }) => name === module)?.parameters[parameter];
  return text === undefined ? null : /^[Y1]/i.test(text);
}
