/** MSI-X's table and pending bits where a property moved them. */

/** Where they are. */
export interface MovedArrays {
  readonly bar: number;
  readonly vectors: number;
  /** Type bits of a BAR that the device does not have; null where it is one of the device's. */
  readonly ownType: number | null;
}
