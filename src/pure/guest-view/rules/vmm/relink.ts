/** The lists as the guest walks them. */
import { relinkExtended, relinkStandard } from '../../relink.ts';
import type { DeviceRule } from '../../rule.ts';

const facts = { stage: 'vmm', when: 'after' } as const;

const AS_QEMU = { clearsStatus: false, repairs: false, mergesAbutting: false };

export const relinkAsQemu: DeviceRule = {
  ...facts,
  name: 'vmm.relink-qemu',
  summary: 'both lists lead past what is hidden and through what is synthesised',
  holdsFor: 'QEMU 11.1',
  apply(work) {
    relinkStandard(work, AS_QEMU);
    relinkExtended(work, AS_QEMU);
  },
};

const STRICT = { clearsStatus: true, repairs: true, mergesAbutting: false };

/** A guest must not follow a broken pointer of the device's into what is no capability. */
export const relinkStrict: DeviceRule = {
  ...facts,
  name: 'vmm.relink',
  summary: 'both lists lead through what the guest may see, and end; what was broken in them is put right',
  holdsFor: 'airlock',
  apply(work) {
    relinkStandard(work, STRICT);
    relinkExtended(work, STRICT);
  },
};
