/** PASID: vfio-pci hides the device's own, so the VMM synthesises one from the host IOMMU's report (PCIe 6.0 §7.8.9). */

import { formatHex } from '../../bytes/hex.ts';
import { EXTENDED_SIZE } from '../../pci/config-space.ts';
import {
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_PASID_SIZEOF,
  PCI_PASID_CAP,
  PCI_PASID_CAP_EXEC,
  PCI_PASID_CAP_PRIV,
  PCI_PASID_CAP_WIDTH,
} from '../../spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, FIRST_EXTENDED } from '../../spec/pcie.ts';
import { capabilityEnd } from '../capability-extent.ts';
import { REASONS } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import { type Work, WorkCapability } from '../work.ts';

/** The default place: the last bytes of config space. */
const DEFAULT_OFFSET = EXTENDED_SIZE - PCI_EXT_CAP_PASID_SIZEOF;

/** PASID Capability: Execute [1], Privileged [2], Max PASID Width [12:8]. */
function capabilityRegister(pasid: { maxLog2: number; exec: boolean; priv: boolean }): number {
  return (pasid.exec ? PCI_PASID_CAP_EXEC : 0) | (pasid.priv ? PCI_PASID_CAP_PRIV : 0) | ((pasid.maxLog2 << 8) & PCI_PASID_CAP_WIDTH);
}

/** Puts a PASID capability at `offset` into the list, in the order of offsets. */
function place(work: Work, offset: number, register: number): void {
  const pasid = new WorkCapability({ kind: 'extended', id: PCI_EXT_CAP_ID_PASID, offset, version: 1 }, offset + PCI_EXT_CAP_PASID_SIZEOF);
  let index = work.capabilities.findIndex(other => other.kind === 'extended' && other.status !== 'hidden' && other.offset > offset);
  if (index < 0) index = work.capabilities.length;
  work.capabilities.splice(index, 0, pasid);
  work.patch(offset, 4, 0xffffffff, PCI_EXT_CAP_ID_PASID | (1 << 16), REASONS['pasid.synthesised']);
  work.patch(offset + PCI_PASID_CAP, 4, 0xffffffff, register, REASONS['pasid.synthesised']);
  work.synthesise(pasid, REASONS['pasid.synthesised']);
}

const MESSAGES = {
  'pasid.unknown': "where the guest sees PASID is not known: the device's extended config space is not known whole",
  'pasid.unreported': "whether the guest sees PASID is not known: nobody has asked the host's kernel how wide PASIDs can be",
} as const;

/** Whether it is unknown if one of the list's capabilities is hidden. */
function isAnyOpen({ capabilities, isStandardListOpen }: Work): boolean {
  return isStandardListOpen || capabilities.some(({ kind, mayBeHidden }) => mayBeHidden && kind === 'extended');
}

/**
 * Whether it is unknown if the guest sees PASID, or where: the kernel was not asked, or the list that PASID would join is not known
 * whole. Tells the user, where the guest's IOMMU takes PASIDs.
 */
function isOpen(work: Work): boolean {
  const { hostIommu, viommuPasid } = work.options;
  if (!viommuPasid || work.endsEarly) return false;
  // An input that ends early does not say what is in the bytes that PASID would take.
  const isHeadKnown = work.isKnown(FIRST_EXTENDED, EXTENDED_HEADER_SIZE);
  const isUnknown = work.unknownAt.extended !== null || work.size < EXTENDED_SIZE || !isHeadKnown || isAnyOpen(work);
  const endsEarly = work.size <= FIRST_EXTENDED && work.unknownAt.extended === null && isHeadKnown;
  if (endsEarly) return false;
  if (!hostIommu.knowsPasid) {
    work.tell('note', 'pasid.unreported', MESSAGES['pasid.unreported'], 'airlock');
    return true;
  }
  if (hostIommu.pasid() === null || !isUnknown) return false;
  leaveOpen(work);
  return true;
}

function leaveOpen(work: Work): void {
  work.tell('warning', 'pasid.unknown', MESSAGES['pasid.unknown'], 'airlock');
  work.isExtendedListOpen = true;
}

/** The register to show; null where no PASID is synthesised: nobody asked, the kernel reports none, or it is passed on already. */
function wanted(work: Work): number | null {
  const { hostIommu, viommuPasid } = work.options;
  const pasid = hostIommu.pasid();
  if (!viommuPasid || pasid === null || pasid.maxLog2 === 0 || work.size <= FIRST_EXTENDED) return null;
  return work.find('extended', PCI_EXT_CAP_ID_PASID) === null ? capabilityRegister(pasid) : null;
}

function tellNoRoom(work: Work, offset: number): void {
  work.tell('warning', 'pasid.no-room', `vfio: Placing PASID capability at offset ${formatHex(offset)} failed`);
}

const facts = { stage: 'vmm', when: 'after' } as const;

/** Whether one of the list's headers begins in the eight bytes at `offset`. */
function isTaken(work: Work, offset: number): boolean {
  return work.capabilities.some(
    other =>
      other.kind === 'extended' && other.status !== 'hidden' && other.offset >= offset && other.offset < offset + PCI_EXT_CAP_PASID_SIZEOF,
  );
}

/** As QEMU does: at the given offset, unless a capability's header begins there; registers of a capability do not count. */
export const pasidAsQemu: DeviceRule = {
  ...facts,
  name: 'vmm.pasid-qemu',
  summary: 'PASID is synthesised at x-vpasid-cap-offset or ff8h, over whatever registers are there',
  holdsFor: 'QEMU 11.1',
  apply(work) {
    if (isOpen(work)) return;
    const register = wanted(work);
    if (register === null || work.u32(FIRST_EXTENDED) === 0) return;
    const offset = work.options.settings.pasidOffset || DEFAULT_OFFSET;
    if (isTaken(work, offset) || offset + PCI_EXT_CAP_PASID_SIZEOF > work.size) tellNoRoom(work, offset);
    else place(work, offset, register);
  },
};

/** Whether no shown capability has registers in the eight bytes at `offset`. */
function isFree(work: Work, offset: number): boolean {
  if (offset < FIRST_EXTENDED + 4 || offset + PCI_EXT_CAP_PASID_SIZEOF > work.size || (offset & 3) !== 0) return false;
  return !work.capabilities.some(
    other =>
      other.kind === 'extended' &&
      other.status !== 'hidden' &&
      other.offset < offset + PCI_EXT_CAP_PASID_SIZEOF &&
      capabilityEnd(work, other) > offset,
  );
}

/** The offset that was asked for, or the highest free one; 0 where nothing is free. */
function freePlace(work: Work): number {
  const { pasidOffset } = work.options.settings;
  if (pasidOffset !== 0) return isFree(work, pasidOffset) ? pasidOffset : 0;
  let offset = DEFAULT_OFFSET;
  while (offset > FIRST_EXTENDED && !isFree(work, offset)) offset -= 4;
  return offset > FIRST_EXTENDED ? offset : 0;
}

/** `freePlace`; null where it is not known. */
function certainPlace(work: Work): number | null {
  return work.certain(() => freePlace(work));
}

/** Strict: never over the registers of a capability that the guest sees; where no offset is given, at the highest free place. */
export const pasidStrict: DeviceRule = {
  ...facts,
  name: 'vmm.pasid',
  summary: 'PASID is synthesised at x-vpasid-cap-offset, or at the highest place that no shown capability uses',
  holdsFor: 'airlock',
  apply(work) {
    if (isOpen(work)) return;
    const register = wanted(work);
    if (register === null) return;
    const offset = certainPlace(work);
    if (offset === null) leaveOpen(work);
    else if (offset === 0) tellNoRoom(work, work.options.settings.pasidOffset || FIRST_EXTENDED);
    else place(work, offset, register);
  },
};
