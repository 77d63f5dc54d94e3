/** What a host is, as far as device assignment depends on it: kernel, IOMMUs, VFIO modules, limits (proc(5), sysfs-class-iommu). */
import { existsSync } from 'node:fs';
import { machine } from 'node:os';
import { AttributeFolder, listFolder, readText } from './attribute.ts';
import { type Limit, parseLockedMemory } from './locked-memory.ts';

export type IommuKind = 'intel-vtd' | 'amd' | 'arm-smmuv3' | 'arm-smmu' | 'riscv' | 'virtio' | 'other';

/** An IOMMU by its name in /sys/class/iommu. */
export interface HostIommu {
  readonly name: string;
  readonly kind: IommuKind;
  /** Registers and versions as sysfs writes them: `cap`, `ecap`, `version`, `address` of VT-d; `cap`, `features` of AMD. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Sysfs names of the devices behind it. */
  readonly devices: readonly string[];
}

export interface HostFacts {
  /** `uname -r`. */
  readonly kernel: string | null;
  /** `uname -m`; null for another tree whose kernel does not write it. */
  readonly architecture: string | null;
  readonly commandLine: string | null;
  /** Whether the command line holds `pci=noats`, which switches ATS off for all devices; null where it is not known. */
  readonly noAts: boolean | null;
  /** Empty where no IOMMU is in use. */
  readonly iommus: readonly HostIommu[];
  /** Whether /dev/iommu is there; null for another tree that does not say. */
  readonly hasIommufd: boolean | null;
  /** Whether /dev/vfio/vfio is there, for the legacy container; null as above. */
  readonly hasVfioContainer: boolean | null;
  /** VFIO's modules and iommufd, loaded or built in, as far as sysfs shows them; null for a tree with no list of them. */
  readonly modules: readonly string[] | null;
  /** Whether devices may be assigned without interrupt remapping; null where the module is not there. */
  readonly allowUnsafeInterrupts: { readonly iommufd: boolean | null; readonly type1: boolean | null };
  /** Of this process, RLIMIT_MEMLOCK: how much memory of a guest may be pinned. */
  readonly lockedMemory: Limit | null;
}

/** How the drivers name their IOMMUs. */
const KINDS: readonly (readonly [RegExp, IommuKind])[] = [
  [/^dmar\d+$/, 'intel-vtd'],
  [/^ivhd\d+$/, 'amd'],
  [/^smmu3\./, 'arm-smmuv3'],
  [/^smmu\./, 'arm-smmu'],
  [/^riscv-iommu/, 'riscv'],
  [/^virtio\d+$/, 'virtio'],
];

function readIommu(root: string, name: string): HostIommu {
  const path = `${root}/sys/class/iommu/${name}`;
  const attributes: Record<string, string> = {};
  for (const group of ['intel-iommu', 'amd-iommu']) {
    const folder = AttributeFolder.open(`${path}/${group}`);
    for (const file of folder?.names ?? []) {
      const text = folder?.text(file);
      if (text) attributes[file] = text;
    }
  }
  const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
  return { name, kind, attributes, devices: listFolder(`${path}/devices`) ?? [] };
}

const MODULE = /^(?:vfio|iommufd$)|_vfio_pci$/;

/** Modules with parameters have a folder in /sys/module when built in, too. */
function readModules(root: string): string[] | null {
  const all = listFolder(`${root}/sys/module`);
  if (all === null && listFolder(`${root}/sys/bus/pci/drivers`) === null) return null;
  const loaded = (all ?? []).filter(name => MODULE.test(name));
  // A module that is built in without parameters has no folder there, but its driver is on the bus.
  const isBound = existsSync(`${root}/sys/bus/pci/drivers/vfio-pci`);
  return isBound && !loaded.includes('vfio_pci') ? [...loaded, 'vfio_pci'].sort() : loaded;
}

function readSwitch(root: string, module: string): boolean | null {
  const text = readText(`${root}/sys/module/${module}/parameters/allow_unsafe_interrupts`);
  return text === null ? null : /^[Y1]/i.test(text);
}

/** `pci=` takes several words between commas, and may stand there more than once. */
export function hasNoAts(commandLine: string): boolean {
  // What follows a double dash is for the init process.
  const [own = ''] = commandLine.split(/ -- /);
  return own.split(/\s+/).some(word => word.startsWith('pci=') && word.slice(4).split(',').includes('noats'));
}

/** `uname -r` of this host, or of the host whose file system tree begins at `root`; null where it is not there. */
export function readKernelRelease(root = '/'): string | null {
  return readText(`${root.replace(/\/$/, '')}/proc/sys/kernel/osrelease`);
}

/**
 * Whether a device file is there. A copied tree has no /dev, and that of a system that is not running is empty. There the kernel's own list
 * of such devices may tell; otherwise it is not known.
 */
function hasDeviceFile(root: string, file: string, listed: string): boolean | null {
  if (existsSync(`${root}/dev/${file}`)) return true;
  if (root === '' || (listFolder(`${root}/dev`) ?? []).length > 0) return false;
  return existsSync(`${root}/sys/class/misc/${listed}`) ? true : null;
}

/** Facts of this host, or of the host whose file system tree begins at `root`. What is not known is null; never throws for what is not there. */
export function readHostFacts(options: { readonly root?: string } = {}): HostFacts {
  const root = (options.root ?? '/').replace(/\/$/, '');
  const commandLine = readText(`${root}/proc/cmdline`);
  return {
    kernel: readKernelRelease(root),
    // The kernel writes the file since 6.1.
    architecture: readText(`${root}/proc/sys/kernel/arch`) ?? (root === '' ? machine() : null),
    commandLine,
    noAts: commandLine === null ? null : hasNoAts(commandLine),
    iommus: (listFolder(`${root}/sys/class/iommu`) ?? []).map(name => readIommu(root, name)),
    hasIommufd: hasDeviceFile(root, 'iommu', 'iommu'),
    hasVfioContainer: hasDeviceFile(root, 'vfio/vfio', 'vfio'),
    modules: readModules(root),
    allowUnsafeInterrupts: { iommufd: readSwitch(root, 'iommufd'), type1: readSwitch(root, 'vfio_iommu_type1') },
    lockedMemory: parseLockedMemory(readText(`${root}/proc/self/limits`) ?? ''),
  };
}
