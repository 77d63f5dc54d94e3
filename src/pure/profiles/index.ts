/**
 * VMM profiles: the rules that one VMM version applies, on top of the kernel's.
 * To add a version: copy the nearest list under the new name, compare it with that version's guest bytes, change what differs.
 */

import * as kernelCapabilities from '../rules/kernel/capabilities.ts';
import * as kernelHeader from '../rules/kernel/header.ts';
import * as kernelUnlink from '../rules/kernel/unlink.ts';
import { type CompiledStage, compileStage, type Rule } from '../rules/rule.ts';
import { ats, atsAbsent, atsAbsentAsQemu, atsPassedOn, atsUnknown } from '../rules/vmm/ats.ts';
import { blankHidden } from '../rules/vmm/blank.ts';
import { express } from '../rules/vmm/express.ts';
import { ari, conventionalBus, emptyHeader, rebar, sriov } from '../rules/vmm/extended.ts';
import { baseAddresses, commandReset, expansionRom, identity, interruptPin, multifunction } from '../rules/vmm/header.ts';
import { igdAsQemu, igdAsQemu10, igdStrict } from '../rules/vmm/igd.ts';
import { msi, msix, msixArrays } from '../rules/vmm/interrupts.ts';
import { msixRelocation } from '../rules/vmm/msix-relocation.ts';
import { noAts, noAtsPassedOn } from '../rules/vmm/no-ats.ts';
import { overlap } from '../rules/vmm/overlap.ts';
import { pasidAsQemu, pasidStrict } from '../rules/vmm/pasid.ts';
import { powerReset } from '../rules/vmm/power.ts';
import { relinkAsQemu, relinkStrict } from '../rules/vmm/relink.ts';
import { unfitAfter, unfitBefore } from '../rules/vmm/unfit.ts';
import { cliqueAsQemu, cliqueStrict, vmdWindowsAsQemu, vmdWindowsStrict } from '../rules/vmm/virtual-capability.ts';

export type ProfileName = 'airlock' | 'qemu-11.1' | 'qemu-10.0';

export interface Profile {
  readonly name: ProfileName;
  readonly summary: string;
  readonly rules: readonly Rule[];
  /** Whether the VMM shows what the kernel meant to hide and left linked; a strict one hides it. */
  readonly followsKernel: boolean;
  readonly kernel: CompiledStage;
  readonly vmm: CompiledStage;
}

const KERNEL: readonly Rule[] = [
  kernelHeader.kernelAnswers,
  kernelHeader.headerType,
  kernelHeader.opened,
  kernelHeader.virtualFunction,
  kernelCapabilities.powerManagement,
  kernelCapabilities.msi,
  kernelCapabilities.msix,
  kernelCapabilities.express,
  kernelUnlink.unlinkStandard,
  kernelUnlink.unlinkExtended,
  kernelUnlink.relink,
];

/** What all profiles do; the order is that in which the rules run. */
const SHARED: readonly Rule[] = [
  kernelHeader.vmmAnswers,
  conventionalBus,
  unfitBefore,
  identity,
  commandReset,
  msixArrays,
  multifunction,
  baseAddresses,
  msixRelocation,
  expansionRom,
  powerReset,
  msi,
  msix,
  express,
  emptyHeader,
  sriov,
  ari,
  rebar,
];

function profile(name: ProfileName, summary: string, vmm: readonly Rule[]): Profile {
  const rules = [...KERNEL, ...vmm];
  const strict = name === 'airlock';
  return {
    name,
    summary,
    rules,
    followsKernel: !strict,
    kernel: compileStage(rules, 'kernel', false),
    vmm: compileStage(rules, 'vmm', strict),
  };
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  airlock: profile('airlock', 'strict: what is hidden is gone', [
    ...SHARED,
    ats,
    atsAbsent,
    noAts,
    interruptPin,
    unfitAfter,
    blankHidden,
    cliqueStrict,
    vmdWindowsStrict,
    igdStrict,
    pasidStrict,
    relinkStrict,
  ]),
  'qemu-11.1': profile('qemu-11.1', 'as QEMU 11.1 does it: what is hidden is unlinked and stays readable', [
    ...SHARED,
    ats,
    atsAbsentAsQemu,
    noAts,
    cliqueAsQemu,
    vmdWindowsAsQemu,
    overlap,
    igdAsQemu,
    interruptPin,
    unfitAfter,
    pasidAsQemu,
    relinkAsQemu,
  ]),
  'qemu-10.0': profile('qemu-10.0', 'as QEMU 10.0 does it: ATS is passed on, and no PASID is synthesised', [
    ...SHARED,
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
  ]),
};
