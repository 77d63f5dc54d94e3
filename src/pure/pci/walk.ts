/** The two capability walks: the list in the first 256 bytes (PCI 3.0 §6.7) and the one from 100h (PCIe 6.0 §7.6). Both always end. */
import { dwordAt } from '../bytes/checked.ts';
import { formatHex } from '../bytes/hex.ts';
import {
  PCI_CAP_LIST_NEXT,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STD_HEADER_SIZEOF,
} from '../spec/pci-regs.ts';
import { ALL_ONES, EXTENDED_HEADER, EXTENDED_HEADER_SIZE, STANDARD_HEADER, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE, type ListedCapabilities } from './config-space.ts';
import type { Finding } from './finding.ts';

/** Which of the two lists a capability is in: that of the first 256 bytes, or the one from 100h up. */
export type CapabilityKind = 'standard' | 'extended';

/** Where a capability stands and what its header says. */
export interface CapabilityRef {
  readonly kind: CapabilityKind;
  readonly id: number;
  /** Bytes from the start of config space. */
  readonly offset: number;
  /** Capability version of an extended capability, null where it is not known; 0 for a standard one. */
  readonly version: number | null;
  /** The next pointer as it stands in the header, 0 at the end of the list; null where it is not known. */
  readonly next: number | null;
}

/** One capability list as far as it could be followed. */
export interface Walk {
  /** In the order of the list. */
  readonly capabilities: readonly CapabilityRef[];
  readonly findings: readonly Finding[];
  /** The offset, in bytes that are not known, where the list goes on or may begin; null where all of it is known. */
  readonly unknownAt: number | null;
  /** Whether others may stand between the capabilities given: the list was not followed by its pointers. */
  readonly hasGaps: boolean;
}

const STANDARD = { first: PCI_STD_HEADER_SIZEOF, end: CONVENTIONAL_SIZE };
const EXTENDED = { first: CONVENTIONAL_SIZE, end: EXTENDED_SIZE };

const NOTHING: Walk = { capabilities: [], findings: [], unknownAt: null, hasGaps: false };

/** No capability is known, since the bytes at `unknownAt` are not: whether there is a list, or where it begins. */
function unknownList(unknownAt: number): Walk {
  return { ...NOTHING, unknownAt };
}

/** One number for each dword of config space: the walk that last visited it. Shared by all walks, so that none allocates. */
const visited = new Uint32Array(EXTENDED_SIZE / 4);
let walkNumber = 0;

/** Where a pointer leads: the dword-aligned target, or 0 where the walk ends. Notes what is strange about it. */
function follow(findings: Finding[], at: number, pointer: number, space: { first: number; end: number }): number {
  const target = pointer & ~3;
  if (target !== pointer)
    findings.push({ at, code: 'chain.misaligned', text: `next pointer ${formatHex(pointer)} is not a multiple of 4` });
  if (target === 0) return 0;
  if (target < space.first || target >= space.end) {
    const range = `${formatHex(space.first)} to ${formatHex(space.end - 1)}`;
    findings.push({ at, code: 'chain.out-of-range', text: `next pointer ${formatHex(pointer)} lies outside of ${range}` });
    // What stands in the header itself is no capability.
    if (target < PCI_STD_HEADER_SIZEOF) return 0;
  }
  if (visited[target >> 2] === walkNumber) {
    findings.push({ at, code: 'chain.cycle', text: `next pointer leads back to ${formatHex(target)}` });
    return 0;
  }
  visited[target >> 2] = walkNumber;
  return target;
}

/** Starts a walk: no dword is visited. */
function startWalk(): void {
  walkNumber = (walkNumber + 1) >>> 0;
  if (walkNumber === 0) {
    visited.fill(0);
    walkNumber = 1;
  }
}

function unreadable(at: number, header: number | undefined): Finding {
  if (header === undefined)
    return { at, code: 'chain.unknown-bytes', text: `the capability at ${formatHex(at)} lies in bytes that are not known` };
  return { at, code: 'chain.broken', text: `the capability at ${formatHex(at)} reads as all ones` };
}

/** Where the pointer to the standard list stands; null where the header's type is not known and it could be either place. */
function pointerPlace(config: ConfigSpace): number | null {
  if ((config.knownBits(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) !== PCI_HEADER_TYPE_MASK) return null;
  return (config.readKnownBits(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS
    ? PCI_CB_CAPABILITY_LIST
    : PCI_CAPABILITY_LIST;
}

/** The capability at `offset`, of whose header some bits may not be known; null where its ID is not. */
function readListed(config: ConfigSpace, kind: CapabilityKind, offset: number): CapabilityRef | null {
  const { id, pointer, pointerShift } = kind === 'standard' ? STANDARD_HEADER : EXTENDED_HEADER;
  const { mask, value } = config.readBits(offset, kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE);
  const isKnown = (bits: number) => (mask & bits) >>> 0 === bits;
  if (!isKnown(id)) return null;
  const { version: bits, versionShift } = EXTENDED_HEADER;
  const version = kind === 'standard' ? 0 : isKnown(bits) ? (value & bits) >>> versionShift : null;
  return { kind, id: value & id, offset, version, next: isKnown(pointer) ? value >>> pointerShift : null };
}

/** A list as somebody told it. A capability whose ID is not known is none of those given, and may be any. */
function walkListed(config: ConfigSpace, kind: CapabilityKind, { offsets, isWhole }: ListedCapabilities): Walk {
  const read = offsets.map(offset => readListed(config, kind, offset));
  const capabilities = read.filter(ref => ref !== null);
  const nameless = offsets.find((_, i) => read[i] === null);
  const unknownAt = isWhole ? (nameless ?? null) : kind === 'standard' ? (pointerPlace(config) ?? PCI_HEADER_TYPE) : EXTENDED.first;
  return { capabilities, findings: [], unknownAt, hasGaps: unknownAt !== null };
}

/**
 * The standard capability list, from the pointer in the header. Empty where Status says that there is none; `unknownAt` tells that from
 * a list of which nothing is known.
 * Findings: `chain.misaligned`, `chain.out-of-range`, `chain.cycle`, `chain.unknown-bytes`, `chain.broken` (an ID of FFh).
 */
export function walkStandard(config: ConfigSpace): Walk {
  const listed = config.listing?.standard ?? null;
  if (listed !== null) return walkListed(config, 'standard', listed);
  const status = config.read(PCI_STATUS, 1);
  if (status === undefined) return unknownList(PCI_STATUS);
  if ((status & PCI_STATUS_CAP_LIST) === 0) return NOTHING;
  const pointer = pointerPlace(config);
  if (pointer === null) return unknownList(PCI_HEADER_TYPE);
  const first = config.read(pointer, 1);
  if (first === undefined) return unknownList(pointer);
  const capabilities: CapabilityRef[] = [];
  const findings: Finding[] = [];
  let unknownAt: number | null = null;
  startWalk();
  let offset = follow(findings, pointer, first, STANDARD);
  while (offset !== 0) {
    const header = config.read(offset, 2);
    if (header === undefined || (header & 0xff) === 0xff) {
      findings.push(unreadable(offset, header));
      if (header === undefined) unknownAt = offset;
      break;
    }
    const next = header >> 8;
    capabilities.push({ kind: 'standard', id: header & 0xff, offset, version: 0, next });
    offset = follow(findings, offset + PCI_CAP_LIST_NEXT, next, STANDARD);
  }
  return { capabilities, findings, unknownAt, hasGaps: false };
}

/** The dword at `at`, which is a multiple of 4, or undefined where it is not known; `whole` says that all bytes are. */
function readHeader(config: ConfigSpace, at: number, whole: boolean): number | undefined {
  const { bytes } = config;
  if (!whole || at + 4 > bytes.length) return config.read(at, 4);
  return dwordAt(bytes, at);
}

/**
 * The extended capability list, from 100h. Empty where the first dword is zero, all ones or unknown, which `unknownAt` tells apart.
 * The caller says whether the function has extended space at all (see `hasExtendedSpace`).
 */
export function walkExtended(config: ConfigSpace): Walk {
  const listed = config.listing?.extended ?? null;
  if (listed !== null) return walkListed(config, 'extended', listed);
  const whole = config.isWhole;
  const first = config.read(EXTENDED.first, 4);
  if (first === undefined) return unknownList(EXTENDED.first);
  if (first === 0 || first === ALL_ONES) return NOTHING;
  const capabilities: CapabilityRef[] = [];
  const findings: Finding[] = [];
  let unknownAt: number | null = null;
  startWalk();
  let offset = follow(findings, EXTENDED.first, EXTENDED.first, EXTENDED);
  while (offset !== 0) {
    const header = readHeader(config, offset, whole);
    if (header === undefined || header === ALL_ONES) {
      findings.push(unreadable(offset, header));
      if (header === undefined) unknownAt = offset;
      break;
    }
    const next = header >>> 20;
    capabilities.push({ kind: 'extended', id: header & 0xffff, offset, version: (header >>> 16) & 15, next });
    offset = follow(findings, offset, next, EXTENDED);
  }
  return { capabilities, findings, unknownAt, hasGaps: false };
}
