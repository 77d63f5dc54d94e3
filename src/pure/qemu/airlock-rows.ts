/** The compat rows that the `airlock` profile adds to QEMU's. */

/** One setting that a machine type applies to every device which is a `driver`, so that old guests keep their hardware. */
export interface CompatRow {
  readonly driver: string;
  readonly property: string;
  readonly value: string;
}

/**
 * Rows for every machine type of the version named and older. Before `ats` existed a guest saw ATS whenever the device had it,
 * whatever the host kernel could do; a guest on an old machine type shall keep that, and a host that cannot give it shall fail
 * to start the guest rather than take a capability away in silence. QEMU 11.1 as released has no such row, hence its profile
 * has none. A row for vfio-pci reaches vfio-pci-nohotplug too, which is a subtype.
 */
export const airlockRows: readonly { readonly newest: readonly [major: number, minor: number]; readonly row: CompatRow }[] = [
  { newest: [11, 0], row: { driver: 'vfio-pci', property: 'ats', value: 'on' } },
];
