/** One kind of line in an error text: how it is found, and what it means. */

export interface ErrorPattern {
  readonly code: string;
  /** Global, and linear on any text. */
  readonly test: RegExp;
  readonly plain: (groups: readonly string[]) => string;
  /** Which group names the device. */
  readonly device?: number;
}

export const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** Quotes as QEMU, libvirt and JSON within a log write them. */
export const QUOTED = String.raw`\\*['"]([^'"\\\n]{1,200})\\*['"]`;

export const about = (code: string, test: string, plain: ErrorPattern['plain'], named?: number): ErrorPattern => ({
  code,
  test: new RegExp(test, 'gi'),
  plain,
  ...(named !== undefined && { device: named }),
});

/** A name is looked for where a word begins, so that a long run of letters costs no more than its length. */
export const device = (words: string): string => String.raw`(?<![\w.:-])(${ADDRESS}|[\w.-]{1,64}): ${words}`;
