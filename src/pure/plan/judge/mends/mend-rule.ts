/** What is known to mend a message, by its code, before a format has words for it. */
import type { WordsName } from './mender.ts';

/** Why nothing in a definition, and nothing that a person could do to its host, mends something. */
export type NoMend =
  /** The device, or the host's IOMMU, is made so. */
  | 'hardware'
  /** It does what the text asks for; the words say what comes of that. */
  | 'meant'
  /** It is known at the start alone. */
  | 'late'
  /** Another message, which says more, comes with it. */
  | 'follows'
  /** Nobody has seen the program do it. */
  | 'unseen';

/** `given`: what the judge says beside the message. */
export type MendRule =
  /** A property of the device: the one that is given or, where none is, `setting`: `NAME=VALUE`. */
  | { readonly kind: 'device'; readonly setting?: string }
  /** Properties of the guest's IOMMU of that driver: those that are given or, where none are, `setting`. */
  | { readonly kind: 'iommu'; readonly driver: string; readonly setting?: string }
  /** A property of the device that is not to be written. */
  | { readonly kind: 'leave-out'; readonly name: string }
  /** By the message, since one code has several; the first that fits. */
  | { readonly kind: 'by-message'; readonly rules: readonly (readonly [pattern: RegExp, rule: MendRule])[] }
  /** An option of the VMM's. */
  | { readonly kind: 'option' }
  /** Words of the format, which may take over what is given; `onHost`, or what is given in its place, does it too. */
  | { readonly kind: 'words'; readonly words: WordsName; readonly onHost?: string }
  /** What is given or, where nothing is, the backend that the device does not use. */
  | { readonly kind: 'other-backend' }
  /** What is given or, where nothing is, something to be done on the host, whatever the format. */
  | { readonly kind: 'host'; readonly command: string }
  /** What is given, in the words of all formats; `otherwise`: why there may be nothing. */
  | { readonly kind: 'given'; readonly otherwise: NoMend }
  | { readonly kind: 'none'; readonly because: NoMend };

/** Says what the host's kernel thinks of the device. */
export const CAPTURE = 'sudo airlock capture on that host, while vfio-pci has the device';

export const words = (name: WordsName, onHost?: string): MendRule => ({
  kind: 'words',
  words: name,
  ...(onHost !== undefined && { onHost }),
});
export const iommu = (driver: string, setting?: string): MendRule => ({ kind: 'iommu', driver, ...(setting !== undefined && { setting }) });
export const device = (setting: string): MendRule => ({ kind: 'device', setting });
export const none = (because: NoMend): MendRule => ({ kind: 'none', because });
export const capture: MendRule = { kind: 'host', command: CAPTURE };
export const given = (otherwise: NoMend): MendRule => ({ kind: 'given', otherwise });
