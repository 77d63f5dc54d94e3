/** Profile `qemu-10.0`: QEMU 10.0 as released, the one of Debian 13. */
import { atsPassedOn, atsUnknown } from '../../rules/vmm/ats.ts';
import { unreachableExtended } from '../../rules/vmm/extended.ts';
import { interruptPin } from '../../rules/vmm/header.ts';
import { igdAsQemu10 } from '../../rules/vmm/igd.ts';
import { noAtsPassedOn } from '../../rules/vmm/no-ats.ts';
import { overlap } from '../../rules/vmm/overlap.ts';
import { relinkAsQemu } from '../../rules/vmm/relink.ts';
import { unfitAfter } from '../../rules/vmm/unfit.ts';
import { cliqueAsQemu, vmdWindowsAsQemu } from '../../rules/vmm/virtual-capability.ts';
import { makeProfile } from '../profile.ts';
import { QEMU_TRAITS } from '../qemu-traits.ts';
import { QEMU_RULES } from '../shared-rules.ts';
import { qemu10_0Tables } from './tables.ts';

export const qemu10_0 = makeProfile({
  ...qemu10_0Tables,
  vmmRules: [
    ...QEMU_RULES,
    atsPassedOn,
    noAtsPassedOn,
    atsUnknown,
    cliqueAsQemu,
    vmdWindowsAsQemu,
    overlap,
    igdAsQemu10,
    interruptPin,
    unfitAfter,
    unreachableExtended,
    relinkAsQemu,
  ],
  traits: { ...QEMU_TRAITS, pasidSummary: null },
});
