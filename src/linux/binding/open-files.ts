/** Which processes hold a device: taking it from its driver would wait for them (proc(5)). */
import { readlinkSync } from 'node:fs';
import { listFolder, readText } from '../sysfs/attribute.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { rootPrefix } from './paths.ts';

export interface Holder {
  readonly pid: number;
  /** The command's name; null for a process that ended meanwhile. */
  readonly name: string | null;
}

function hasOpen(folder: string, files: ReadonlySet<string>): boolean {
  for (const fd of listDescriptors(folder)) {
    try {
      if (files.has(readlinkSync(`${folder}/${fd}`))) return true;
    } catch {
      // Closed meanwhile.
    }
  }
  return false;
}

/** Empty for a process that ended, or whose descriptors this user may not see. A user who may change drivers sees all of them. */
function listDescriptors(folder: string): string[] {
  try {
    return listFolder(folder) ?? [];
  } catch {
    return [];
  }
}

/** The processes that have a function's VFIO file or its group's open; none for one that no VFIO driver has. */
export function findHolders({ vfioDevice, iommuGroup }: Pick<HostDevice, 'vfioDevice' | 'iommuGroup'>, root = '/'): Holder[] {
  const proc = `${rootPrefix(root)}/proc`;
  const wanted = new Set([
    ...(vfioDevice === null ? [] : [vfioDevice]),
    ...(iommuGroup === null ? [] : [`/dev/vfio/${iommuGroup.number}`]),
  ]);
  return (listFolder(proc) ?? [])
    .filter(name => /^\d+$/.test(name) && hasOpen(`${proc}/${name}/fd`, wanted))
    .map(name => ({ pid: Number(name), name: readText(`${proc}/${name}/comm`) }));
}
