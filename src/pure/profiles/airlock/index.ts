/** Profile `airlock`: what QEMU 11.1 does, but strict. What is hidden is gone, and old machine types keep their ATS. */
import { ats, atsAbsent } from '../../rules/vmm/ats.ts';
import { blankHidden } from '../../rules/vmm/blank.ts';
import { unreachableExtended } from '../../rules/vmm/extended.ts';
import { interruptPin } from '../../rules/vmm/header.ts';
import { igdStrict } from '../../rules/vmm/igd.ts';
import { noAts } from '../../rules/vmm/no-ats.ts';
import { pasidStrict } from '../../rules/vmm/pasid.ts';
import { relinkStrict } from '../../rules/vmm/relink.ts';
import { unfitAfter } from '../../rules/vmm/unfit.ts';
import { cliqueStrict, vmdWindowsStrict } from '../../rules/vmm/virtual-capability.ts';
import { makeProfile } from '../profile.ts';
import { QEMU_PLACEMENTS } from '../qemu-traits.ts';
import { QEMU_RULES } from '../shared-rules.ts';
import { airlockTables } from './tables.ts';

export const airlock = makeProfile({
  ...airlockTables,
  vmmRules: [
    ...QEMU_RULES,
    ats,
    atsAbsent,
    noAts,
    interruptPin,
    unfitAfter,
    unreachableExtended,
    blankHidden,
    cliqueStrict,
    vmdWindowsStrict,
    igdStrict,
    pasidStrict,
    relinkStrict,
  ],
  traits: {
    hiddenBytes: 'gone',
    followsKernel: false,
    answersCapabilities: true,
    leavesLoosePointers: false,
    staysInside: true,
    guestEnablesRom: true,
    comparesToMigrate: true,
    pasidSummary: pasidStrict.summary,
    noAtomics: { code: 'atomics.not-reported', text: 'vfio-user has no word for it' },
    placements: QEMU_PLACEMENTS,
    attachWording: 'qemu',
  },
});
