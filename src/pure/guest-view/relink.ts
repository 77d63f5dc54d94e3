/** Rewrites both capability lists so that they lead through what is not hidden, and nothing else. */
import { REASONS } from './reasons.ts';
import type { Work, WorkCapability } from './work.ts';

const STATUS = 0x06;
const STATUS_CAPABILITY_LIST = 0x10;
const POINTER = 0x34;
const POINTER_CARDBUS = 0x14;
const FIRST_EXTENDED = 0x100;

/**
 * Points the standard list past hidden capabilities. Where none is left, the pointer is 0, and the kernel also makes Status say
 * that there is no list (PCI 3.0 §6.7); the VMM leaves Status alone.
 */
export function relinkStandard(work: Work): void {
  const cardbus = (work.u8(0x0e) & 0x7f) === 2;
  let pointer = cardbus ? POINTER_CARDBUS : POINTER;
  let listed = 0;
  let kept = 0;
  for (const capability of work.capabilities) {
    if (capability.kind !== 'standard') continue;
    listed++;
    if (capability.status === 'hidden') continue;
    kept++;
    link(work, pointer, capability.offset);
    pointer = capability.offset + 1;
  }
  if (listed === 0) return;
  link(work, pointer, 0);
  if (kept === 0 && work.stage === 'kernel') work.patch(STATUS, 2, STATUS_CAPABILITY_LIST, 0, REASONS['chain.relinked']);
}

function link(work: Work, pointer: number, target: number): void {
  if ((work.u8(pointer) & ~3) !== target) work.patch(pointer, 1, 0xff, target, REASONS['chain.relinked']);
}

/**
 * Points the extended list past hidden capabilities. The list starts at 100h by law (PCIe 6.0 §7.6.3): where no capability is
 * left there, its header stays as an empty one (ID 0, version 0) that points on, and is all zero where nothing follows.
 */
export function relinkExtended(work: Work): void {
  let previous: WorkCapability | null = null;
  let listed = 0;
  for (const capability of work.capabilities) {
    if (capability.kind !== 'extended') continue;
    listed++;
    if (capability.status === 'hidden') continue;
    if (previous !== null) linkExtended(work, previous, capability.offset);
    else if (capability.offset !== FIRST_EXTENDED) emptyHead(work, capability.offset);
    previous = capability;
  }
  if (previous !== null) linkExtended(work, previous, 0);
  else if (listed !== 0) emptyHead(work, 0);
}

function emptyHead(work: Work, target: number): void {
  work.patch(FIRST_EXTENDED, 4, 0xffffffff, (target << 20) >>> 0, REASONS['chain.placeholder']);
}

/**
 * The two lowest bits of a next pointer are reserved (PCIe 6.0 §7.6.3) and stay as they are, but at the head of the list. A header
 * that an earlier change ran into, such as that of a ReBAR with too many BARs, is put right.
 */
function linkExtended(work: Work, { id, version, offset }: WorkCapability, target: number): void {
  const header = (id | (version << 16) | (target << 20)) >>> 0;
  if ((work.u32(offset) & 0xfffff) !== (header & 0xfffff)) work.patch(offset, 4, 0xffffffff, header, REASONS['chain.relinked']);
  const mask = offset === FIRST_EXTENDED ? 0xfff0 : 0xffc0;
  if ((work.u16(offset + 2) & mask) !== target << 4) work.patch(offset + 2, 2, mask, target << 4, REASONS['chain.relinked']);
}
