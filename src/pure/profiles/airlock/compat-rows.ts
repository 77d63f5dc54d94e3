/** The compat rows that the `airlock` profile adds to QEMU's. */
import type { AddedRow } from '../../qemu/index.ts';

/**
 * Before `ats` existed a guest saw ATS whenever the device had it, whatever the host kernel could do; a guest on an old machine type
 * shall keep that, and a host that cannot give it shall fail to start the guest rather than take a capability away in silence. QEMU
 * 11.1 as released has no such row, hence its profile has none. A row for vfio-pci reaches vfio-pci-nohotplug too, which is a subtype.
 */
export const airlockRows: readonly AddedRow[] = [{ newest: [11, 0], row: { driver: 'vfio-pci', property: 'ats', value: 'on' } }];
