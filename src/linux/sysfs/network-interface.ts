/** The PCI function behind a network interface (sysfs-class-net: device). */
import { existsSync, realpathSync } from 'node:fs';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { parseTypedAddress } from '../../pure/pci/selector.ts';

/** IFNAMSIZ, less its last byte. */
const MOST_NAME = 15;

/**
 * The function that the interface `name` of the tree at `root` belongs to; null where its device is no PCI function, as with a USB adapter;
 * undefined where there is no such interface.
 */
export function readInterfaceAddress(name: string, root: string): Bdf | null | undefined {
  if (name === '' || name === '.' || name === '..' || name.length > MOST_NAME || /[\s/:\0]/.test(name)) return undefined;
  const folder = `${root === '/' ? '' : root}/sys/class/net/${name}`;
  try {
    if (!existsSync(folder)) return undefined;
    // A virtio device stands below its PCI function and has no address of its own.
    return parseTypedAddress(realpathSync(`${folder}/device`).replace(/\/virtio\d+$/, ''));
  } catch {
    return null;
  }
}
