/** Rewrites both capability lists so that they lead through what is not hidden, and nothing else. */

import type { CapabilityKind } from '../pci/walk.ts';
import {
  PCI_CAP_LIST_NEXT,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../spec/pci-regs.ts';
import {
  EXTENDED_HEADER_SIZE,
  EXTENDED_NEXT,
  EXTENDED_POINTER,
  FIRST_EXTENDED,
  STANDARD_HEADER_SIZE,
  STANDARD_POINTER,
} from '../spec/pcie.ts';
import { capabilityLength, leastLength } from './capability-extent.ts';
import { REASONS } from './reasons.ts';
import type { Work, WorkCapability } from './work.ts';

/** How a stage writes lists. */
export interface RelinkLaw {
  /** Whether Status says that there is no list where none is left (PCI 3.0 §6.7). */
  readonly clearsStatus: boolean;
  /** Whether the stage repairs the device's own lists: reserved bits, pointers that lead nowhere, overwritten headers. */
  readonly repairs: boolean;
  /**
   * Whether the stage takes two capabilities of one ID that abut or overlap for one. The header of the second is then the hardware's
   * own, and its pointer still leads to what is hidden.
   */
  readonly mergesAbutting: boolean;
}

/** Whether an earlier capability of the same ID reaches up to this one, or into it. */
function isMerged(work: Work, { kind, id, offset }: WorkCapability): boolean {
  for (const other of work.capabilities) {
    if (other.id !== id || other.kind !== kind || other.offset >= offset) continue;
    const length = capabilityLength(work, kind, id, other.offset);
    const isSized = length !== Number.POSITIVE_INFINITY;
    if ((isSized ? other.offset + length : other.end) < offset) continue;
    if (!isSized && work.unknownAt[kind] !== null) work.restOnList();
    return true;
  }
  // An unknown capability of the list may end here.
  if (work.unknownAt[kind] !== null && !isAnyKnown(work, offset - leastLength(kind, id), offset)) work.restOnList();
  return false;
}

function isAnyKnown(work: Work, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (work.isKnown(at)) return true;
  return false;
}

interface Pointer {
  readonly at: number;
  readonly length: 1 | 2;
  readonly value: number;
}

/** `isApart` where some bytes are not known; null where the answer depends on those. */
function isCertainlyApart(work: Work, from: WorkCapability): boolean | null {
  return work.certain(() => !isMerged(work, from));
}

/** Whether no capability is merged with this one; null where that is not known. */
function isApart(work: Work, from: WorkCapability): boolean | null {
  return work.known === null ? !isMerged(work, from) : isCertainlyApart(work, from);
}

/** Writes a pointer that leads elsewhere so far; one that the stage cannot reach stays, and that is noted. */
function point(work: Work, from: WorkCapability | null, { at, length, value }: Pointer, law: RelinkLaw): void {
  const isReached = from === null || !law.mergesAbutting || isApart(work, from);
  if (isReached === true) work.patch(at, length, length === 1 ? 0xff : extendedMask(from, law), value, REASONS['chain.relinked']);
  else if (isReached === false) work.leftLinked = true;
  else {
    work.mayBeLinked = true;
    work.forget(at, length);
  }
}

/** The two lowest bits of an extended pointer are reserved (PCIe 6.0 §7.6.3) and stay as they are, except at the head of the list. */
function extendedMask(from: WorkCapability | null, { repairs }: RelinkLaw): number {
  return repairs || from?.offset === FIRST_EXTENDED ? 0xfff0 : EXTENDED_POINTER;
}

/** Whether a pointer certainly leads there, with the bits in `mask`: one of which some reserved bits are not known is written anew. */
function leadsTo(work: Work, pointer: number, mask: number, target: number): boolean {
  if (!work.areKnown(pointer, 1, mask) && work.areKnown(pointer, 1, STANDARD_POINTER)) return false;
  return work.bits(pointer, 1, mask) === target;
}

/** Where capabilities may stand between those that are known, no pointer of the guest's list is known once one is taken out. */
function leaveLinksOpen(work: Work, kind: CapabilityKind, { mergesAbutting }: RelinkLaw): void {
  const own = work.capabilities.filter(capability => capability.kind === kind);
  if (!own.some(({ status, mayBeHidden }) => status === 'hidden' || mayBeHidden)) return;
  work.mayBeLinked ||= mergesAbutting;
  for (const { offset } of own) {
    if (kind === 'standard') work.forget(offset + PCI_CAP_LIST_NEXT, 1);
    else work.forget(offset + EXTENDED_NEXT, 2);
  }
  if (kind === 'standard') work.forget(PCI_CAPABILITY_LIST, 1);
  else work.forget(FIRST_EXTENDED, EXTENDED_HEADER_SIZE);
}

/** Points the standard list past hidden capabilities; a list that leads into unknown bytes still ends by leading there. */
export function relinkStandard(work: Work, law: RelinkLaw): void {
  let pointer =
    work.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST;
  // A list may begin at the pointer, whatever other rules did to the register.
  if (work.isStandardListOpen) work.forget(pointer, 1);
  if (work.gaps.standard) {
    leaveLinksOpen(work, 'standard', law);
    return;
  }
  if (work.bits(PCI_STATUS, 1, PCI_STATUS_CAP_LIST) === 0 || (work.standardCount === 0 && !law.repairs)) return;
  // The two lowest bits of a pointer are reserved (PCI 3.0 §6.7); they count only where the stage repairs them.
  const mask = law.repairs ? 0xff : STANDARD_POINTER;
  let from: WorkCapability | null = null;
  let isCertain = false;
  for (let i = 0; i < work.standardCount; i++) {
    const capability = work.capabilities[i];
    if (capability === undefined || capability.status === 'hidden') continue;
    const { id, offset } = capability;
    if (!leadsTo(work, pointer, mask, offset)) point(work, from, { at: pointer, length: 1, value: offset }, law);
    if (law.repairs && work.u8(offset) !== id) work.patch(offset, 1, 0xff, id, REASONS['chain.relinked']);
    if (capability.mayBeHidden) {
      work.forget(pointer, 1);
      work.forget(offset, STANDARD_HEADER_SIZE);
    } else isCertain = true;
    from = capability;
    pointer = offset + PCI_CAP_LIST_NEXT;
  }
  const { standard: tail } = work.tails;
  if (!leadsTo(work, pointer, mask, tail)) point(work, from, { at: pointer, length: 1, value: tail }, law);
  // The guest's list may lead to the tail or past it.
  const goesOn = tail !== 0 || work.isStandardTailOpen;
  if (goesOn) work.forget(pointer, 1);
  if (isCertain || !law.clearsStatus) return;
  if (goesOn || from !== null) work.forget(PCI_STATUS, 1);
  else work.patch(PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0, REASONS['chain.relinked']);
}

/**
 * Points the extended list past hidden capabilities. The list starts at 100h by law (PCIe 6.0 §7.6.3): where no capability is
 * left there, its header stays as an empty one (ID 0, version 0) that points on, and is all zero where nothing follows.
 */
export function relinkExtended(work: Work, law: RelinkLaw): void {
  if (work.gaps.extended) {
    leaveLinksOpen(work, 'extended', law);
    return;
  }
  let from: WorkCapability | null = null;
  for (let i = work.standardCount; i < work.capabilities.length; i++) {
    const capability = work.capabilities[i];
    if (capability === undefined || capability.status === 'hidden') continue;
    if (from !== null) linkExtended(work, from, capability.offset, law);
    else if (capability.offset !== FIRST_EXTENDED) emptyHead(work, capability.offset);
    if (capability.mayBeHidden) {
      forgetPointer(work, from);
      work.forget(capability.offset, EXTENDED_HEADER_SIZE);
    }
    from = capability;
  }
  const listed = work.capabilities.length > work.standardCount;
  if (from !== null) linkExtended(work, from, work.tails.extended, law);
  else if (listed || (law.repairs && work.u32(FIRST_EXTENDED) !== 0)) emptyHead(work, work.tails.extended);
  if (work.tails.extended !== 0) forgetPointer(work, from);
}

/** Makes the pointer unknown: the guest's list may lead to what follows or past it. */
function forgetPointer(work: Work, from: WorkCapability | null): void {
  work.forget((from?.offset ?? FIRST_EXTENDED) + EXTENDED_NEXT, 2);
}

function emptyHead(work: Work, target: number): void {
  work.patch(FIRST_EXTENDED, 4, 0xffffffff, (target << 20) >>> 0, REASONS['chain.placeholder']);
}

/** Points a header at `target`; repairs one that an earlier change overwrote, such as a ReBAR with too many BARs does. */
function linkExtended(work: Work, capability: WorkCapability, target: number, law: RelinkLaw): void {
  const { id, version, offset } = capability;
  if (work.known !== null && !work.isKnown(offset, EXTENDED_HEADER_SIZE)) {
    linkPartial(work, capability, target, law);
    return;
  }
  const header = id | ((version ?? 0) << 16) | (target << 20);
  const differing = (work.u32(offset) ^ header) & (0xfffff | (extendedMask(capability, law) << 16));
  if (differing === 0) return;
  if ((differing & 0xfffff) !== 0) work.patch(offset, 4, 0xffffffff, header >>> 0, REASONS['chain.relinked']);
  const value = target << 4;
  if ((work.u16(offset + EXTENDED_NEXT) & extendedMask(capability, law)) !== value)
    point(work, capability, { at: offset + EXTENDED_NEXT, length: 2, value }, law);
}

/** The same for a header of which some bits are not known, such as a pointer's reserved ones: the ID and the version stay. */
function linkPartial(work: Work, capability: WorkCapability, target: number, law: RelinkLaw): void {
  const at = capability.offset + EXTENDED_NEXT;
  const value = target << 4;
  const mask = extendedMask(capability, law);
  work.bits(capability.offset, 2, 0xffff);
  const leads = work.bits(at, 2, EXTENDED_POINTER) === value;
  if (leads && (mask === EXTENDED_POINTER || (work.areKnown(at, 2, mask) && work.bits(at, 2, mask) === value))) return;
  point(work, capability, { at, length: 2, value }, law);
}

/** Points both lists past what is hidden. An unknown part of one list does not make the other unknown. */
export function relinkBoth(work: Work, law: RelinkLaw): void {
  if (work.known !== null) attemptBoth(work, law);
  else {
    relinkStandard(work, law);
    relinkExtended(work, law);
  }
}

function attemptBoth(work: Work, law: RelinkLaw): void {
  work.attempt(() => relinkStandard(work, law), {}, null);
  work.attempt(() => relinkExtended(work, law), {}, null);
}
