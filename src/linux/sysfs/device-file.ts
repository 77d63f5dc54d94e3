/** Device files of VFIO and iommufd, with who may open them (inode(7)). */
import { statSync } from 'node:fs';
import type { DeviceFile } from '../../pure/facts/index.ts';
import { listFolder } from './attribute.ts';

/** The file as its inode says; null where it is not there or cannot be seen. Of a copy the inode is the copy's, and says nothing. */
function seenFile(root: string, path: string): DeviceFile | null {
  const stat = statSync(`${root}${path}`, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (root !== '') return { path, mode: null, uid: null, gid: null };
  return { path, mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'), uid: stat.uid, gid: stat.gid };
}

function trySeenFile(root: string, path: string): DeviceFile | null {
  try {
    return seenFile(root, path);
  } catch {
    // The user may not search a folder on the way.
    return null;
  }
}

/**
 * A device file of the host whose tree begins at `root`, without a slash behind it. A copy of sys and proc has no dev, and the dev of a
 * system that is not running is empty: such a tree shows the file where it has `listed`, a file of the kernel's list of such devices, and
 * otherwise nothing is known of it.
 */
export function readDeviceFile(root: string, path: string, listed: string | null): DeviceFile | 'none' | null {
  const file = trySeenFile(root, path);
  if (file !== null) return file;
  if (root === '' || (listFolder(`${root}/dev`) ?? []).length > 0) return 'none';
  if (listed === null || trySeenFile(root, listed) === null) return null;
  return { path, mode: null, uid: null, gid: null };
}
