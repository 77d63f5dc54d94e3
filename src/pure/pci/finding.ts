/** Findings: what is strange about bytes. Strange bytes are data, so decoders return findings and never throw. */

/** One strange thing in a config space. */
export interface Finding {
  /** Offset in config space, in bytes. */
  readonly at: number;
  /** Stable code, such as `chain.cycle`. */
  readonly code: string;
  /** One sentence for people. */
  readonly text: string;
}
