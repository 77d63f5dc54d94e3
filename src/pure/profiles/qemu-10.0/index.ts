/** Profile `qemu-10.0`: QEMU 10.0 as released, the one of Debian 13. */
import { QEMU_PROPERTIES, qemuMachines } from '../../qemu/index.ts';
import { atsPassedOn, atsUnknown } from '../../rules/vmm/ats.ts';
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

export const qemu10_0 = makeProfile({
  name: 'qemu-10.0',
  summary: 'as QEMU 10.0 does it: ATS is passed on, and no PASID is synthesised',
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
    relinkAsQemu,
  ],
  traits: { ...QEMU_TRAITS, pasidSummary: null },
  properties: QEMU_PROPERTIES['10.0'],
  machines: qemuMachines('10.0'),
});
