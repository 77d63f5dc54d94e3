/** The lists as the guest walks them. */

import { FIRST_EXTENDED } from '../../spec/pcie.ts';
import { REASONS } from '../reasons.ts';
import { relinkBoth } from '../relink.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work } from '../work.ts';

const facts = { stage: 'vmm', when: 'after' } as const;

const AS_QEMU = { clearsStatus: false, repairs: false, mergesAbutting: false };

/** The ID that QEMU gives the head while it fills the list. */
const EMPTY_ID = 0xffff;

/** A device's own head with that ID ends up empty; its version stays. */
function clearMark(work: Work): void {
  const head = work.capabilities[work.standardCount];
  if (head?.offset !== FIRST_EXTENDED || work.u16(FIRST_EXTENDED) !== EMPTY_ID) return;
  work.patch(FIRST_EXTENDED, 2, 0xffff, 0, REASONS['chain.placeholder']);
  work.hide(head, REASONS['chain.placeholder']);
}

export const relinkAsQemu: DeviceRule = {
  ...facts,
  name: 'vmm.relink-qemu',
  summary: 'both lists lead past what is hidden and through what is synthesised',
  holdsFor: 'QEMU 10.0, 11.1',
  apply(work) {
    relinkBoth(work, AS_QEMU);
    clearMark(work);
  },
};

const STRICT = { clearsStatus: true, repairs: true, mergesAbutting: false };

/** Repairs the lists, so that no broken pointer leads a guest to what is no capability. */
export const relinkStrict: DeviceRule = {
  ...facts,
  name: 'vmm.relink',
  summary: 'both lists lead through what the guest may see, and end; what was broken in them is put right',
  holdsFor: 'airlock',
  apply(work) {
    relinkBoth(work, STRICT);
  },
};
