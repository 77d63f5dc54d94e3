/** Vendor-specific capabilities that the VMM adds to the standard list: NVIDIA's GPUDirect clique, and the windows of an Intel VMD. */

import { PCI_BASE_CLASS_DISPLAY, PCI_VENDOR_ID_INTEL, PCI_VENDOR_ID_NVIDIA } from '../../spec/pci-ids.ts';
import {
  PCI_BASE_ADDRESS_2,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_4,
  PCI_BASE_ADDRESS_5,
  PCI_CAP_ID_VNDR,
  PCI_DEVICE_ID,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import { BASE_CLASS } from '../../spec/pcie.ts';
import { capabilityEnd } from '../capability-extent.ts';
import { REASONS, type Reason } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import { type Work, WorkCapability } from '../work.ts';

/** Standard capabilities that the VMM finds in the list. */
export function listed(work: Work): WorkCapability[] {
  return work.capabilities.filter(({ kind, status, stage }) => kind === 'standard' && !(status === 'hidden' && stage === 'kernel'));
}

/** Whether the VMM walks a list at all; without one it adds nothing. */
function hasList(work: Work): boolean {
  return work.bits(PCI_STATUS, 1, PCI_STATUS_CAP_LIST) !== 0 && listed(work).length > 0;
}

/** Whether part of the standard list is unknown, and with it what is at the place of an added capability. */
export function isListOpen({ capabilities, unknownAt }: Work): boolean {
  return unknownAt.standard !== null || capabilities.some(({ kind, mayBeHidden }) => kind === 'standard' && mayBeHidden);
}

/** Makes the bytes at `places` unknown, and whether the realize fails for want of room. */
function leaveOpen(work: Work, code: string, places: readonly (readonly [offset: number, length: number])[]): void {
  for (const [offset, length] of places) work.forget(offset, length);
  work.isStandardTailOpen = true;
  const text =
    'whether the VMM adds a capability, and has room for it, is not known: the identity or the list of the device is not known whole';
  work.tell('warning', `${code}.unknown`, text, 'airlock');
  work.doubt(`${code}.refused`, text);
}

/** Puts a capability of `dwords` behind the last one of the standard list. */
export function append(work: Work, offset: number, dwords: readonly number[], reason: Reason): void {
  const length = 4 * dwords.length;
  const capability = new WorkCapability({ kind: 'standard', id: PCI_CAP_ID_VNDR, offset, version: 0 }, offset + length);
  for (const other of work.capabilities) {
    if (other.kind === 'standard' && other.offset < offset && other.end > offset) other.end = offset;
  }
  work.capabilities.splice(work.standardCount, 0, capability);
  work.standardCount++;
  for (const [i, dword] of dwords.entries()) work.patch(offset + 4 * i, 4, 0xffffffff, dword, reason);
  work.synthesise(capability, reason);
}

/** Whether no standard capability that the guest sees has registers in `length` bytes at `offset`. */
function isFree(work: Work, offset: number, length: number): boolean {
  const shown = work.capabilities.filter(({ kind, status }) => kind === 'standard' && status !== 'hidden');
  return shown.every(other => capabilityEnd(work, other) <= offset || other.offset >= offset + length);
}

/** The two places at which NVIDIA's driver looks. */
export const CLIQUE_PLACES = [0xc8, 0xd4] as const;
export const CLIQUE_LENGTH = 8;

/** ID, length 8 and `P`; `2`, `P`, and the clique in bits [6:3]. */
export const cliqueDwords = (clique: number): readonly number[] => [0x50080000 | PCI_CAP_ID_VNDR, 0x5032 | (clique << 19)];

function refuseClique(work: Work, words: string): void {
  work.fail('clique.refused', `NVIDIA GPUDirect Clique ID: ${words}`);
}

function addClique(work: Work, clique: number, isFree: (offset: number) => boolean): void {
  const isKnown = !isListOpen(work) && work.isKnown(0, 2) && work.isKnown(BASE_CLASS);
  const place = isKnown ? work.certain(() => CLIQUE_PLACES.find(isFree) ?? 0) : null;
  if (place === null) {
    leaveOpen(
      work,
      'clique',
      CLIQUE_PLACES.map(offset => [offset, CLIQUE_LENGTH]),
    );
    return;
  }
  if (!hasList(work)) return;
  if (work.u16(PCI_VENDOR_ID) !== PCI_VENDOR_ID_NVIDIA) refuseClique(work, 'invalid device vendor');
  else if (work.u8(BASE_CLASS) !== PCI_BASE_CLASS_DISPLAY) refuseClique(work, 'unsupported PCI class');
  else if (place === 0) refuseClique(work, 'invalid config space');
  else append(work, place, cliqueDwords(clique), REASONS['nvidia.clique']);
}

// Both have functions of their own for their closures, so that the many devices without a clique do not pay for them.

function addCliqueAsQemu(work: Work, clique: number): void {
  addClique(work, clique, offset => !listed(work).some(other => other.offset === offset));
}

function addCliqueStrictly(work: Work, clique: number): void {
  addClique(work, clique, offset => isFree(work, offset, CLIQUE_LENGTH));
}

/** As QEMU does: where none of the list's headers is in the place; registers that reach into it are overwritten. */
export const cliqueAsQemu: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  holdsFor: 'QEMU 10.0, 11.1',
  name: 'vmm.clique-qemu',
  summary: 'x-nv-gpudirect-clique adds a vendor capability "P2P" at C8h, or D4h where a capability begins there',
  apply(work) {
    if (work.options.settings.clique !== null) addCliqueAsQemu(work, work.options.settings.clique);
  },
};

/** Strict: never over the registers of a capability that the guest sees. */
export const cliqueStrict: DeviceRule = {
  stage: 'vmm',
  when: 'after',
  holdsFor: 'airlock',
  name: 'vmm.clique',
  summary: 'x-nv-gpudirect-clique adds a vendor capability "P2P" at C8h or D4h, where no shown capability has registers',
  apply(work) {
    if (work.options.settings.clique !== null) addCliqueStrictly(work, work.options.settings.clique);
  },
};

/** VMDs whose guest driver looks for the capability. */
const VMD_IDS: ReadonlySet<number> = new Set([0x201d, 0x467f, 0x4c3d, 0x9a0b]);
const WINDOWS_PLACE = 0xe8;
const WINDOWS_LENGTH = 24;
/** BAR 2 to 5: the two windows. */
const WINDOWS = [PCI_BASE_ADDRESS_2, PCI_BASE_ADDRESS_3, PCI_BASE_ADDRESS_4, PCI_BASE_ADDRESS_5] as const;
/** ID, length 24, version 1; `SHDW` as a number. */
const WINDOWS_HEADER = [0x01180000 | PCI_CAP_ID_VNDR, 0x53484457] as const;

const isVmd = (work: Work) => work.u16(PCI_VENDOR_ID) === PCI_VENDOR_ID_INTEL && VMD_IDS.has(work.u16(PCI_DEVICE_ID));

function mayBeOneOf(work: Work, at: number, ids: Iterable<number>): boolean {
  return [...ids].some(id => [0, 1].every(i => !work.isKnown(at + i) || work.u8(at + i) === ((id >> (8 * i)) & 0xff)));
}

/** Whether the device may be a VMD, as far as its identity is known. */
function mayBeVmd(work: Work): boolean {
  if (work.isKnown(0, 4)) return isVmd(work);
  return mayBeOneOf(work, PCI_VENDOR_ID, [PCI_VENDOR_ID_INTEL]) && mayBeOneOf(work, PCI_DEVICE_ID, VMD_IDS);
}

/** The most bytes that the VMM claims for a capability, except for kinds that end before the next one. */
const MOST_CLAIMED = 24;
const CROWDED = 'whether the device is a VMD, whose windows would stand where another capability does, is not known';

/** Returns true where it is unknown whether, or where, the windows are added, and marks that as unknown. */
function isVmdOpen(work: Work): boolean {
  if (work.isKnown(0, 4) && !isListOpen(work)) return false;
  if (!work.isKnown(0, 4)) {
    // Hardly any device is a VMD, so there is no warning about this beside the one about the identity.
    work.forget(WINDOWS_PLACE, WINDOWS_LENGTH);
    work.isStandardTailOpen = true;
    return true;
  }
  leaveOpen(work, 'vmd', [[WINDOWS_PLACE, WINDOWS_LENGTH]]);
  return true;
}

/** Appends the windows with the host's addresses, taken from the device's own registers. */
function appendWindows(work: Work): void {
  const { config } = work.options;
  const { bytes } = config;
  // Bytes that are missing count as 0, as unknown ones do.
  const registers = WINDOWS.map(at => [0, 1, 2, 3].reduce((value, i) => value | ((bytes[at + i] ?? 0) << (8 * i)), 0) >>> 0);
  append(work, WINDOWS_PLACE, [...WINDOWS_HEADER, ...registers], REASONS['vmd.windows']);
  for (const [i, at] of WINDOWS.entries()) if (!config.isKnown(at, 4)) work.forget(WINDOWS_PLACE + 4 * (WINDOWS_HEADER.length + i), 4);
}

export const vmdWindowsAsQemu: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  holdsFor: 'QEMU 10.0, 11.1',
  name: 'vmm.vmd-windows-qemu',
  summary: 'an Intel VMD (201d, 467f, 4c3d, 9a0b) gets a vendor capability "SHDW" at E8h with what the host has in BAR 2 to 5',
  apply(work) {
    if (!mayBeVmd(work)) return;
    if (!work.isKnown(0, 4) && listed(work).some(({ offset }) => offset > WINDOWS_PLACE - MOST_CLAIMED)) work.doubt('vmd.refused', CROWDED);
    if (!isVmdOpen(work) && hasList(work)) appendWindows(work);
  },
};

/** Whether the place of the windows is free; null where that is not known. */
function isRoomForWindows(work: Work): boolean | null {
  return work.certain(() => isFree(work, WINDOWS_PLACE, WINDOWS_LENGTH));
}

/** Strict: never over the registers of a capability that the guest sees. */
export const vmdWindowsStrict: DeviceRule = {
  stage: 'vmm',
  when: 'after',
  holdsFor: 'airlock',
  name: 'vmm.vmd-windows',
  summary: 'an Intel VMD gets the vendor capability "SHDW" at E8h where no shown capability has registers there',
  apply(work) {
    if (!mayBeVmd(work) || isVmdOpen(work) || !hasList(work)) return;
    const isRoom = isRoomForWindows(work);
    if (isRoom === null) leaveOpen(work, 'vmd', [[WINDOWS_PLACE, WINDOWS_LENGTH]]);
    else if (isRoom) appendWindows(work);
    else
      work.tell('warning', 'vmd.no-room', 'the capability with the windows of the VMD cannot stand at 0xe8: another is there', 'airlock');
  },
};
