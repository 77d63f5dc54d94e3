/** MSI-X's table and pending bits where a property, or the VMM by itself, moved them. */

/** Where they are. */
export interface MovedArrays {
  readonly bar: number;
  readonly vectors: number;
  /** Type bits of the BAR where the VMM adds it for them; null where the device has that BAR. */
  readonly ownType: number | null;
  /** Bytes of the BAR, the arrays included. */
  readonly size: number;
  /** Who moved them. */
  readonly by: 'x-msix-relocation' | 'vmm';
}
