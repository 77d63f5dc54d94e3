/** Profile `cloud-hypervisor-53`: Cloud Hypervisor 53 as released, and its device assignment by VFIO. */
import { vmmAnswers } from '../../rules/kernel/header.ts';
import { atsPassedOn, atsUnknown } from '../../rules/vmm/ats.ts';
import { emptyHeader } from '../../rules/vmm/extended.ts';
import { baseAddresses } from '../../rules/vmm/header.ts';
import { noAtsPassedOn } from '../../rules/vmm/no-ats.ts';
import { powerReset } from '../../rules/vmm/power.ts';
import { makeProfile } from '../profile.ts';
import { cliqueAnywhere } from './clique.ts';
import { endlessList } from './endless.ts';
import { romAddress, singleFunction } from './header.ts';
import { msixIntoPages } from './msix-pages.ts';
import { nullHeaders } from './null-headers.ts';
import { cloudHypervisor53Tables } from './tables.ts';

export const cloudHypervisor53 = makeProfile({
  ...cloudHypervisor53Tables,
  vmmRules: [
    vmmAnswers,
    endlessList,
    singleFunction,
    baseAddresses,
    msixIntoPages,
    romAddress,
    powerReset,
    emptyHeader,
    nullHeaders,
    atsPassedOn,
    noAtsPassedOn,
    atsUnknown,
    cliqueAnywhere,
  ],
  traits: {
    hiddenBytes: 'readable',
    followsKernel: true,
    answersCapabilities: false,
    leavesLoosePointers: false,
    staysInside: false,
    guestEnablesRom: false,
    comparesToMigrate: false,
    pasidSummary: null,
    noAtomics: { code: 'atomics.no-root-port', text: 'there is no root port above' },
    placements: ['root-complex'],
    attachWording: 'cloud-hypervisor',
  },
});
