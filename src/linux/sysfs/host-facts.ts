/** What a host is, as far as device assignment depends on it: kernel, IOMMUs, device files, modules, NUMA (proc(5), sysfs-class-iommu). */
import { readFileSync } from 'node:fs';
import { machine } from 'node:os';
import { type HostFacts, type HostIommu, hasNoAts, kernelOptions, NO_HOST_FACTS } from '../../pure/facts/index.ts';
import { AttributeFolder, listFolder, readText } from './attribute.ts';
import { readDeviceFile } from './device-file.ts';
import { readHostId } from './host-id.ts';
import { readModules } from './modules.ts';
import { readNumaNodes } from './numa-nodes.ts';

/** How the drivers name their IOMMUs. */
const KINDS: readonly (readonly [RegExp, string])[] = [
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
  return { name, kind, attributes, devices: listFolder(`${path}/devices`) };
}

/** A kernel without the folder has no IOMMU; a copy without it may have lost it. */
function readIommus(root: string): HostIommu[] | null {
  const names = listFolder(`${root}/sys/class/iommu`) ?? (root === '' ? [] : null);
  return names?.map(name => readIommu(root, name)) ?? null;
}

/** `uname -r` of this host, or of the host whose file system tree begins at `root`; null where it is not there. */
export function readKernelRelease(root = '/'): string | null {
  return readText(`${root.replace(/\/$/, '')}/proc/sys/kernel/osrelease`);
}

/**
 * `uname -m` of this host, or of the host whose file system tree begins at `root`; null where it is not there. The kernel writes the file
 * since 6.1.
 */
export function readArchitecture(root = '/'): string | null {
  const prefix = root.replace(/\/$/, '');
  return readText(`${prefix}/proc/sys/kernel/arch`) ?? (prefix === '' ? machine() : null);
}

/** Which word of the auxiliary vector is the size of a page (getauxval(3)). */
const AT_PAGESZ = 6n;

/**
 * Bytes of a page of this host, or of the host whose file system tree begins at `root`; null where it is not there. It is what the kernel
 * tells each process when it starts.
 */
export function readPageSize(root = '/'): number | null {
  try {
    const words = new BigUint64Array(Uint8Array.from(readFileSync(`${root.replace(/\/$/, '')}/proc/self/auxv`)).buffer);
    const at = words.findIndex((word, index) => index % 2 === 0 && word === AT_PAGESZ);
    return at === -1 ? null : Number(words[at + 1]);
  } catch {
    return null;
  }
}

/**
 * Facts of this host, or of the host whose file system tree begins at `root`. What is not known is null; never throws for what is not
 * there. The time and `doctor`'s checks are filled in by others.
 */
export function readHostFacts(options: { readonly root?: string } = {}): HostFacts {
  const root = (options.root ?? '/').replace(/\/$/, '');
  const commandLine = readText(`${root}/proc/cmdline`);
  const words = commandLine === null ? null : kernelOptions(commandLine);
  return {
    ...NO_HOST_FACTS,
    id: readHostId(root),
    kernel: readKernelRelease(root),
    architecture: readArchitecture(root),
    pageSize: readPageSize(root),
    kernelOptions: words,
    noAts: words && hasNoAts(words),
    iommus: readIommus(root),
    iommufd: readDeviceFile(root, '/dev/iommu', '/sys/class/misc/iommu'),
    vfioContainer: readDeviceFile(root, '/dev/vfio/vfio', '/sys/class/misc/vfio'),
    modules: readModules(root),
    numaNodes: readNumaNodes(root),
  };
}
