/** Capabilities that Cloud Hypervisor hides where they stand: their ID reads 0, and the list still leads through them. */

import { REASONS, type ReasonCode } from '../../rules/reasons.ts';
import type { CapabilityRule } from '../../rules/rule.ts';
import type { Work, WorkCapability } from '../../rules/work.ts';
import { PCI_CAP_ID_EXP, PCI_CAP_ID_PM, PCI_EXT_CAP_ID_ARI, PCI_EXT_CAP_ID_REBAR, PCI_EXT_CAP_ID_SRIOV } from '../../spec/pci-regs.ts';

const HIDDEN: Readonly<Record<number, ReasonCode>> = {
  [PCI_EXT_CAP_ID_ARI]: 'ari.hidden',
  [PCI_EXT_CAP_ID_SRIOV]: 'sriov.hidden',
  [PCI_EXT_CAP_ID_REBAR]: 'rebar.not-offered',
};

/** Whether it looks at the extended list: only a function with PCI Express and Power Management gets that far. */
function isLookedAt(work: Work): boolean {
  return work.find('standard', PCI_CAP_ID_EXP) !== null && work.find('standard', PCI_CAP_ID_PM) !== null;
}

function hideInPlace(work: Work, capability: WorkCapability): void {
  const isSeen = work.certain(() => isLookedAt(work));
  if (isSeen === false) return;
  if (isSeen === null) {
    work.forget(capability.offset, 2);
    work.restOnList();
    return;
  }
  const reason = REASONS[HIDDEN[capability.id] ?? 'unknown.bytes'];
  // The capability may not be there, so the bytes in its place are unknown.
  if (capability.mayBeHidden) work.forget(capability.offset, 2);
  else work.patch(capability.offset, 2, 0xffff, 0, reason);
  work.hide(capability, reason);
}

export const nullHeaders: CapabilityRule = {
  name: 'vmm.null-headers',
  stage: 'vmm',
  when: 'capability',
  kind: 'extended',
  ids: Object.keys(HIDDEN).map(Number),
  summary: 'ARI, SR-IOV and Resizable BAR read as ID 0 where the function has PCI Express and Power Management; the list stays as it is',
  holdsFor: 'Cloud Hypervisor 53; that both capabilities are needed: by its source',
  apply: hideInPlace,
};
