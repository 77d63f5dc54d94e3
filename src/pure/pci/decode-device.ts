/** Everything that the config space of one function says: header, BARs, capabilities, and what is strange about them. */
import { formatHex, formatHexBytes } from '../bytes/hex.ts';
import type { KnownBits, Source } from '../bytes/layout.ts';
import { PCI_CAP_ID_EXP, PCI_EXP_FLAGS, PCI_EXP_FLAGS_TYPE } from '../spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';
import { type Bar, decodeBars } from './bars.ts';
import type { Bdf } from './bdf.ts';
import { standardCapabilityFor } from './capabilities/index.ts';
import { type CapabilityType, decodeCapability } from './capability.ts';
import { capabilityName, capabilityTitle } from './capability-names.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE } from './config-space.ts';
import { extendedCapabilityFor } from './extended/index.ts';
import { mayAnnounceExtended } from './extended-space.ts';
import { findCapability } from './find-capability.ts';
import type { Finding } from './finding.ts';
import { decodeHeader, type Header } from './header.ts';
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from './no-answer.ts';
import { type CapabilityRef, walkExtended, walkStandard } from './walk.ts';

/** One capability of a function. */
export interface DecodedCapability {
  readonly ref: CapabilityRef;
  /** null for an ID that this library does not know. */
  readonly type: CapabilityType | null;
  /** Short label: `ATS`; `unknown (0x3f)` where the ID is not known. */
  readonly name: string;
  readonly title: string;
  /** Registers by name; those whose bytes are unknown are absent. Empty for an unknown ID. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Offsets, relative to the capability, of registers whose bytes are unknown. */
  readonly missing: readonly number[];
  /** Bytes from its offset that the decoder looked at, header included. */
  readonly length: number;
  /** The bytes of an unknown ID as hexadecimal text, up to the next capability; at most 256. */
  readonly bytes?: string;
}

/** A function, decoded: registers by name, and what is wrong with its bytes as findings. */
export interface DecodedDevice {
  readonly bdf: Bdf | null;
  readonly config: ConfigSpace;
  readonly header: Header;
  readonly bars: readonly Bar[];
  /** Standard capabilities in list order, then the extended ones in list order. */
  readonly capabilities: readonly DecodedCapability[];
  readonly findings: readonly Finding[];
}

/** No register set of an unknown capability is shown beyond this many bytes. */
const MOST_UNKNOWN = 256;

/** Device/Port Type of the PCI Express capability (PCIe 6.0 §7.5.3.2); null for a function without one, or where it is unknown. */
export function expressPortType(device: DecodedDevice): number | null {
  const express = findCapability(device.capabilities, 'standard', PCI_CAP_ID_EXP);
  const register = express && device.config.readBits(express.ref.offset + PCI_EXP_FLAGS, 2);
  return register === undefined || (~register.mask & PCI_EXP_FLAGS_TYPE) !== 0 ? null : (register.value & PCI_EXP_FLAGS_TYPE) >> 4;
}

/**
 * Decodes a function. Never throws, whatever the bytes. Findings are those of the two walks, `device.no-answer` and
 * `capability.truncated` (registers in unknown bytes or beyond the space), `capability.overlap` (registers of two capabilities
 * share bytes).
 */
export function decodeDevice(config: ConfigSpace, bdf: Bdf | null = null): DecodedDevice {
  const standard = walkStandard(config);
  const extended = standard.capabilities.some(mayAnnounceExtended)
    ? walkExtended(config)
    : { capabilities: [], findings: [], unknownAt: null, hasGaps: false };
  const refs = [...standard.capabilities, ...extended.capabilities];
  const starts = refs.map(ref => ref.offset).sort((a, b) => a - b);
  const extents = refs.map(ref => decodeOne(config, ref, starts));
  return {
    bdf,
    config,
    header: decodeHeader(config),
    bars: decodeBars(config),
    capabilities: extents.map(({ capability }) => capability),
    findings: [...findNoAnswer(config), ...standard.findings, ...extended.findings, ...findTruncated(extents), ...findOverlaps(extents)],
  };
}

/** Whether the byte at `at` is one of a capability, of which two at least are its own. */
export function holdsByte({ ref, length }: { readonly ref: Pick<CapabilityRef, 'offset'>; readonly length: number }, at: number): boolean {
  return at >= ref.offset && at < ref.offset + Math.max(length, STANDARD_HEADER_SIZE);
}

/** A capability and the offset of the first byte behind the last one that its decoder looked at, and behind the last that is its own. */
interface Extent {
  readonly capability: DecodedCapability;
  readonly end: number;
  readonly ownEnd: number;
}

/** Bytes that are a capability's own, as its registers say; 0 where they say none, or are not known. */
function ownLength(config: ConfigSpace, { facts }: CapabilityType, at: number): number {
  const claim = facts.claim ?? facts.length;
  if (typeof claim !== 'function') return 0;
  let isKnown = true;
  const read = (offset: number, size: 1 | 2 | 4): number => {
    const value = config.read(offset, size);
    if (value === undefined) isKnown = false;
    return value ?? 0;
  };
  const bits = (offset: number, size: 1 | 2 | 4, wanted: number): number => {
    const { mask, value } = config.readBits(offset, size);
    if ((mask & wanted) >>> 0 !== wanted >>> 0) isKnown = false;
    return (value & wanted) >>> 0;
  };
  const own = claim({ u8: offset => read(offset, 1), u16: offset => read(offset, 2), u32: offset => read(offset, 4), bits }, at);
  return isKnown ? own : 0;
}

function decodeOne(config: ConfigSpace, ref: CapabilityRef, starts: readonly number[]): Extent {
  const type = (ref.kind === 'standard' ? standardCapabilityFor : extendedCapabilityFor)(config, ref);
  if (type === null) return decodeUnknown(config, ref, starts);
  const source = new Ruler(config, ref.offset + STANDARD_HEADER_SIZE);
  const { fields, missing } = decodeCapability(type, source, ref.offset);
  const { end } = source;
  const capability = { ref, type, name: type.name, title: type.title, fields, missing, length: end - ref.offset };
  return { capability, end, ownEnd: Math.max(end, ref.offset + ownLength(config, type, ref.offset)) };
}

function decodeUnknown(config: ConfigSpace, ref: CapabilityRef, starts: readonly number[]): Extent {
  const limit = ref.kind === 'standard' ? CONVENTIONAL_SIZE : EXTENDED_SIZE;
  const next = starts.find(start => start > ref.offset) ?? limit;
  let end = ref.offset;
  while (end < Math.min(next, limit, ref.offset + MOST_UNKNOWN) && config.isKnown(end)) end++;
  const header = ref.kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE;
  const [name, title] = [capabilityName(ref.kind, ref.id), capabilityTitle(ref.kind, ref.id)];
  const bytes = formatHexBytes(config.bytes.subarray(ref.offset, end));
  const capability = { ref, type: null, name, title, fields: {}, missing: [], length: end - ref.offset, bytes };
  return { capability, end: ref.offset + header, ownEnd: ref.offset + header };
}

/** A source that remembers how far it was read. */
class Ruler implements Source {
  end: number;
  readonly #source: Source;

  constructor(source: Source, end: number) {
    this.#source = source;
    this.end = end;
  }

  read(at: number, length: 1 | 2 | 4): number | undefined {
    if (at + length > this.end) this.end = at + length;
    return this.#source.read(at, length);
  }

  readBits(at: number, length: 1 | 2 | 4): KnownBits {
    if (at + length > this.end) this.end = at + length;
    return this.#source.readBits?.(at, length) ?? { mask: 0, value: 0 };
  }
}

function findNoAnswer(config: ConfigSpace): Finding[] {
  return doesNotAnswer(config) ? [{ at: 0, code: NO_ANSWER, text: NO_ANSWER_TEXT }] : [];
}

function findTruncated(extents: readonly Extent[]): Finding[] {
  const findings: Finding[] = [];
  for (const { capability, end } of extents) {
    const { ref, name, missing } = capability;
    const limit = ref.kind === 'standard' ? CONVENTIONAL_SIZE : EXTENDED_SIZE;
    const unknown = missing[0];
    if (end > limit && ref.offset < limit) {
      const text = `${name} at ${formatHex(ref.offset)} reaches beyond ${formatHex(limit - 1)}, the end of its space`;
      findings.push({ at: ref.offset, code: 'capability.truncated', text });
    } else if (unknown !== undefined) {
      const text = `${name} at ${formatHex(ref.offset)} reaches into bytes that are not known, at ${formatHex(ref.offset + unknown)}`;
      findings.push({ at: ref.offset + unknown, code: 'capability.truncated', text });
    }
  }
  return findings;
}

function findOverlaps(extents: readonly Extent[]): Finding[] {
  const findings: Finding[] = [];
  let reach: Extent | null = null;
  for (const extent of [...extents].sort((a, b) => a.capability.ref.offset - b.capability.ref.offset)) {
    const { ref, name } = extent.capability;
    if (reach !== null && ref.offset < reach.ownEnd) {
      const other = reach.capability;
      const text = `${name} at ${formatHex(ref.offset)} begins inside of ${other.name} at ${formatHex(other.ref.offset)}`;
      findings.push({ at: ref.offset, code: 'capability.overlap', text });
    }
    if (reach === null || extent.ownEnd > reach.ownEnd) reach = extent;
  }
  return findings;
}
