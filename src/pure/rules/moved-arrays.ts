/** MSI-X's table and pending bits where a property, or the VMM by itself, moved them. */

/** Where they are. */
export interface MovedArrays {
  readonly bar: number;
  readonly vectors: number;
  /** Type bits of a BAR that the device does not have; null where it is one of the device's. */
  readonly ownType: number | null;
  /** Bytes of the BAR with them. */
  readonly size: number;
  /** Who moved them. */
  readonly by: 'x-msix-relocation' | 'vmm';
}
