/** What ats means: the property's value and the host's answer decide together. Serves vfio-pci's `ats` and other AUTO properties. */
import type { AtsSupport } from '../iommu/index.ts';
import type { OnOffAuto } from '../qemu/index.ts';

/** What becomes of ATS, and the stable code of the message about it. */
export type AtsDecision = (
  | { readonly result: 'shown'; readonly code: 'ats.shown.kernel-supported' | 'ats.shown.unreported' }
  | { readonly result: 'masked'; readonly code: 'ats.masked.off' | 'ats.masked.kernel-unsupported' }
  | { readonly result: 'fails'; readonly code: 'ats.required.kernel-unsupported' }
) & {
  /** Whether the user must be told, and how loudly; null where there is nothing to tell. */
  readonly level: 'warning' | 'note' | null;
};

/** The table, by value and by answer. */
const TABLE: Readonly<Record<OnOffAuto, Readonly<Record<AtsSupport, AtsDecision>>>> = {
  off: {
    unsupported: { result: 'masked', code: 'ats.masked.off', level: null },
    supported: { result: 'masked', code: 'ats.masked.off', level: null },
    unreported: { result: 'masked', code: 'ats.masked.off', level: null },
  },
  auto: {
    unsupported: { result: 'masked', code: 'ats.masked.kernel-unsupported', level: 'warning' },
    supported: { result: 'shown', code: 'ats.shown.kernel-supported', level: null },
    unreported: { result: 'shown', code: 'ats.shown.unreported', level: 'note' },
  },
  on: {
    unsupported: { result: 'fails', code: 'ats.required.kernel-unsupported', level: null },
    supported: { result: 'shown', code: 'ats.shown.kernel-supported', level: null },
    unreported: { result: 'shown', code: 'ats.shown.unreported', level: 'warning' },
  },
};

/** What becomes of a device's ATS for a value of the property and the host's answer. */
export function decideAts(value: OnOffAuto, support: AtsSupport): AtsDecision {
  return TABLE[value][support];
}
