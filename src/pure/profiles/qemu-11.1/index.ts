/** Profile `qemu-11.1`: QEMU 11.1 as released. */
import { ats, atsAbsentAsQemu } from '../../rules/vmm/ats.ts';
import { unreachableExtended } from '../../rules/vmm/extended.ts';
import { interruptPin } from '../../rules/vmm/header.ts';
import { igdAsQemu } from '../../rules/vmm/igd.ts';
import { noAts } from '../../rules/vmm/no-ats.ts';
import { overlap } from '../../rules/vmm/overlap.ts';
import { pasidAsQemu } from '../../rules/vmm/pasid.ts';
import { relinkAsQemu } from '../../rules/vmm/relink.ts';
import { unfitAfter } from '../../rules/vmm/unfit.ts';
import { cliqueAsQemu, vmdWindowsAsQemu } from '../../rules/vmm/virtual-capability.ts';
import { makeProfile } from '../profile.ts';
import { QEMU_TRAITS } from '../qemu-traits.ts';
import { QEMU_RULES } from '../shared-rules.ts';
import { qemu11_1Tables } from './tables.ts';

export const qemu11_1 = makeProfile({
  ...qemu11_1Tables,
  vmmRules: [
    ...QEMU_RULES,
    ats,
    atsAbsentAsQemu,
    noAts,
    cliqueAsQemu,
    vmdWindowsAsQemu,
    overlap,
    igdAsQemu,
    interruptPin,
    unfitAfter,
    unreachableExtended,
    pasidAsQemu,
    relinkAsQemu,
  ],
  traits: { ...QEMU_TRAITS, pasidSummary: pasidAsQemu.summary },
});
