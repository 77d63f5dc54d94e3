/** Strict hiding: neither the kernel nor QEMU keeps a guest from the registers of a capability that they unlink; this does. */

import { capabilityEnd } from '../../capability-extent.ts';
import { REASONS } from '../../reasons.ts';
import type { DeviceRule } from '../../rule.ts';

export const blankHidden: DeviceRule = {
  name: 'vmm.blank-hidden',
  stage: 'vmm',
  when: 'after',
  summary: 'the bytes of hidden capabilities read as 0 and take no writes',
  holdsFor: 'airlock',
  apply(work) {
    for (const capability of work.capabilities) {
      if (capability.status !== 'hidden') continue;
      work.patch(capability.offset, capabilityEnd(work, capability) - capability.offset, 0xffffffff, 0, REASONS['hidden.blanked']);
    }
  },
};
