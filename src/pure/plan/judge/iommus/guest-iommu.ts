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

/** One that the VMM makes, and that says nothing of what most have nothing to say about. */
export abstract class PlainIommu implements GuestIommu {
  abstract readonly driver: string;
  readonly verdict: Verdict = FINE;
  readonly warnings: readonly PlanMessage[] = [];
  readonly coversExpanders: boolean = true;

  abstract attach(device: AttachedDevice): AttachWord;
  abstract properties(): Readonly<Record<string, PlannedProperty>>;

  refuseEmulated(): string | null {
    return null;
  }

  finish(_hasAssigned: boolean): readonly PlanError[] {
    return [];
  }
}

/** An IOMMU that the VMM does not make, or of which nothing more is known: nothing is behind it. */
export function failedIommu(driver: string, verdict: Verdict, properties: Readonly<Record<string, PlannedProperty>> = {}): GuestIommu {
  return {
    driver,
    verdict,
    warnings: [],
    coversExpanders: true,
    attach: () => NOTHING_SAID,
    refuseEmulated: () => null,
    finish: () => [],
    properties: () => properties,
  };
}
