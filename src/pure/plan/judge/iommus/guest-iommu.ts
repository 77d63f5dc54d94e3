/** An IOMMU of the guest while its devices are made: what it says of each that stands behind it, and what became of its properties. */
import type { PlanError, PlanMessage, PlannedProperty } from '../../plan-report.ts';
import type { AttachedDevice } from './attaching.ts';
import { FINE, type Verdict } from './verdict.ts';

/** What an IOMMU says of a device behind it. */
export interface AttachWord {
  readonly pasid: boolean | null;
  readonly smmuAts: boolean | null;
  readonly placement: Verdict;
  readonly verdict: Verdict;
  readonly warnings: readonly PlanMessage[];
}

export const NOTHING_SAID: AttachWord = { pasid: false, smmuAts: null, placement: FINE, verdict: FINE, warnings: [] };

export interface GuestIommu {
  readonly driver: string;
  /** What the VMM says when it makes it. */
  readonly verdict: Verdict;
  readonly warnings: readonly PlanMessage[];
  /** Whether devices below expanders are behind it that have none of their own; only one of the machine's root is asked. */
  readonly coversExpanders: boolean;
  attach(device: AttachedDevice): AttachWord;
  /** Of an emulated device on its bus: null where it takes it. */
  refuseEmulated(): string | null;
  /** Once all devices are made. `hasAssigned`: whether the VM has any of the host's, wherever it stands. */
  finish(hasAssigned: boolean): readonly PlanError[];
  properties(): Readonly<Record<string, PlannedProperty>>;
}

/** The parts that most IOMMUs have nothing to say about. */
export const PLAIN_IOMMU = {
  warnings: [],
  coversExpanders: true,
  refuseEmulated: () => null,
  finish: () => [],
} as const;

/** An IOMMU that the VMM does not make, or of which nothing more is known: nothing is behind it. */
export function failedIommu(driver: string, verdict: Verdict, properties: Readonly<Record<string, PlannedProperty>> = {}): GuestIommu {
  return { ...PLAIN_IOMMU, driver, verdict, attach: () => NOTHING_SAID, properties: () => properties };
}
