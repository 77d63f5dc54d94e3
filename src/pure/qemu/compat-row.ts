/** Compat rows: what a machine type sets so that old guests keep their hardware. */

/** One setting that a machine type applies to every device which is a `driver`. */
export interface CompatRow {
  readonly driver: string;
  readonly property: string;
  readonly value: string;
}

/** A row that a profile adds to QEMU's own, for every machine type of the version `newest` and of older ones. */
export interface AddedRow {
  readonly newest: readonly [major: number, minor: number];
  readonly row: CompatRow;
}
