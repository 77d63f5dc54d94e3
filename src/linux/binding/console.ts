/** Whether a function carries the host's console: a screen, a serial line or a virtio console (tty(4), sysfs-tty, sysfs boot_vga). */
import { listFolder, readText } from '../sysfs/attribute.ts';
import { isBelow, readRealPath, rootPrefix } from './paths.ts';

function isAnyBelow(root: string, kind: string, folder: string): boolean {
  const names = listFolder(`${root}/sys/class/${kind}`) ?? [];
  return names.some(name => isBelow(readRealPath(`${root}/sys/class/${kind}/${name}`) ?? '', folder));
}

/** The console that would be lost without the function in `folder`, such as `tty0`; null where none would. */
export function findLostConsole(folder: string, rootFolder = '/'): string | null {
  const root = rootPrefix(rootFolder);
  const active = readText(`${root}/sys/class/tty/console/active`)?.split(/\s+/).filter(Boolean) ?? [];
  const lost = active.find(name => {
    // A virtual terminal is on the screen that the firmware began with, or on a frame buffer.
    if (/^tty\d+$/.test(name)) return readText(`${folder}/boot_vga`) === '1' || isAnyBelow(root, 'graphics', folder);
    if (/^hvc\d+$/.test(name)) return isAnyBelow(root, 'virtio-ports', folder);
    return isBelow(readRealPath(`${root}/sys/class/tty/${name}`) ?? '', folder);
  });
  return lost ?? null;
}
