/** A part of config space that is private to one machine. */

/** A run of bytes and what they tell. */
export interface PrivatePlace {
  readonly at: number;
  /** Bytes. */
  readonly length: number;
  readonly what: string;
}

/** A register of at most four bytes; bits outside of `keep` are to read as in `value`. */
export interface AddressPlace extends PrivatePlace {
  readonly length: 1 | 2 | 4;
  readonly keep: number;
  readonly value: number;
}
