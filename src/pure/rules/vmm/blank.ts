/** Strict hiding: neither the kernel nor QEMU keeps a guest from the registers of a capability that they unlink; this does. */

import { capabilityEnd, capabilityLength } from '../capability-extent.ts';
import { REASONS } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

function blank(work: Work, capability: WorkCapability): void {
  const { kind, id, offset } = capability;
  // A capability of unknown length ends before the next one, which may be an unknown one.
  if (work.unknownAt[kind] !== null && capabilityLength(work, kind, id, offset) === Number.POSITIVE_INFINITY) work.restOnList();
  work.patch(offset, capabilityEnd(work, capability) - offset, 0xffffffff, 0, REASONS['hidden.blanked'], 'blank');
}

function attempt(work: Work, capability: WorkCapability): void {
  work.attempt(() => blank(work, capability), {}, null);
}

export const blankHidden: DeviceRule = {
  name: 'vmm.blank-hidden',
  stage: 'vmm',
  when: 'after',
  summary: 'the bytes of hidden capabilities read as 0 and take no writes',
  holdsFor: 'airlock',
  apply(work) {
    for (const capability of work.capabilities) {
      if (capability.status !== 'hidden') continue;
      if (work.known === null) blank(work, capability);
      else attempt(work, capability);
    }
  },
};
