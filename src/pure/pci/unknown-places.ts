/** Which bytes of a function are not known, and what rests on them: the header, a capability list, or bodies alone (PCIe 6.0 §7.2). */

import { hexDigits } from '../bytes/hex.ts';
import { PCI_CLASS_BRIDGE_HOST } from '../spec/pci-ids.ts';
import { PCI_CAPABILITY_LIST, PCI_CLASS_DEVICE, PCI_HEADER_TYPE, PCI_STATUS, PCI_STD_HEADER_SIZEOF } from '../spec/pci-regs.ts';
import { capabilityLabel } from './capability-names.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE } from './config-space.ts';
import { announcesExtended } from './extended-space.ts';
import { type CapabilityKind, type CapabilityRef, type Walk, walkExtended, walkStandard } from './walk.ts';

/** A run of bytes that are not known. */
export interface UnknownPlace {
  /** What the bytes belong to; `body`: registers or nothing, while the list around them is known. */
  readonly list: 'header' | CapabilityKind | 'body';
  /** Offsets of the first and of the last byte. */
  readonly from: number;
  readonly to: number;
  /** `header.unknown`, `standard.unknown`, `extended.unknown` or `body.unknown`. */
  readonly code: string;
  /** One sentence for people. */
  readonly text: string;
}

/** Where each list goes on in bytes that are not known; null where the whole list is known. */
export interface ListEnds {
  readonly standard: number | null;
  readonly extended: number | null;
}

/**
 * Whether the function certainly ends at FFh: its standard list is known, nothing in it announces more, it is no host bridge, and nobody
 * read more of it.
 */
export function isConventional(config: ConfigSpace, { capabilities, unknownAt }: Walk): boolean {
  // A host bridge may have extended space without announcing it (PCI Code and ID Assignment §1.7).
  if (config.bytes.length > CONVENTIONAL_SIZE || (config.read(PCI_CLASS_DEVICE, 2) ?? PCI_CLASS_BRIDGE_HOST) === PCI_CLASS_BRIDGE_HOST)
    return false;
  return unknownAt === null && !capabilities.some(capability => announcesExtended(config, capability));
}

/** Where the extended list ends, by both walks. Where a source has no bytes for it, it is absent only in a conventional function. */
export function extendedEnd(config: ConfigSpace, standard: Walk, extended: Walk): number | null {
  const { unknownAt } = extended;
  // A list that leads below 100h ends there: what stands there belongs to the other list.
  if (unknownAt === null || unknownAt < CONVENTIONAL_SIZE) return null;
  if (unknownAt > CONVENTIONAL_SIZE) return unknownAt;
  // Some bytes that the source has behind FFh are not known, so nothing says that the list is empty.
  return config.bytes.length <= CONVENTIONAL_SIZE && isConventional(config, standard) ? null : CONVENTIONAL_SIZE;
}

/** How far each list of the function is known. */
export function listEnds(config: ConfigSpace): ListEnds {
  const standard = walkStandard(config);
  return { standard: standard.unknownAt, extended: extendedEnd(config, standard, walkExtended(config)) };
}

/** The part of config space that an offset stands in. */
interface Part {
  readonly list: 'header' | CapabilityKind;
  readonly end: number;
}

function partOf(at: number, end: number): Part {
  if (at < PCI_STD_HEADER_SIZEOF) return { list: 'header', end: PCI_STD_HEADER_SIZEOF };
  return at < CONVENTIONAL_SIZE ? { list: 'standard', end: CONVENTIONAL_SIZE } : { list: 'extended', end };
}

/** The capability whose registers a byte may be among: the nearest one below it in its part. */
function ownerOf(at: number, list: CapabilityKind, capabilities: readonly CapabilityRef[]): CapabilityRef | null {
  let owner: CapabilityRef | null = null;
  for (const ref of capabilities) if (ref.kind === list && ref.offset <= at && (owner === null || ref.offset > owner.offset)) owner = ref;
  return owner;
}

/** An offset of two or three digits, as capabilities have it. */
const offsetText = (at: number): string => hexDigits(at, 2);

/** What is not known, in hexadecimal: `bytes 100 to 10f are not known`. */
function formatUnknownBytes(from: number, to: number, ofWhat = ''): string {
  if (from === to) return `byte ${offsetText(from)}${ofWhat} is not known`;
  return `bytes ${offsetText(from)} to ${offsetText(to)}${ofWhat} are not known`;
}

/** The words for a source that ended after `length` bytes. */
function endsAt(length: number): string {
  const known = length === 0 ? 'no byte of config space is known' : `only ${length} bytes of config space are known`;
  return `${known} (lspci -xxxx as root gives all)`;
}

interface Facts {
  readonly config: ConfigSpace;
  readonly ends: ListEnds;
  readonly capabilities: readonly CapabilityRef[];
}

/** Whether nothing is known from an offset on. */
const isTail = (config: ConfigSpace, from: number): boolean => config.firstKnown(from) === Number.POSITIVE_INFINITY;

function describeHeader(from: number, end: number): string {
  // What decides whether and where there is a standard list (PCI 3.0 §6.1).
  const decides = [PCI_STATUS, PCI_HEADER_TYPE, PCI_CAPABILITY_LIST].some(at => at >= from && at < end);
  return `${formatUnknownBytes(from, end - 1, ' of the header')}${decides ? ', and so where the standard list begins' : ''}`;
}

/** Whether a run may hold a part of the list that is lost at `lost`: it holds the place itself, or no known capability is in the way. */
function mayHold(from: number, end: number, lost: number, isFree: boolean): boolean {
  return isFree || (lost >= from && lost < end) || lost < PCI_STD_HEADER_SIZEOF;
}

function describe({ config, ends, capabilities }: Facts, part: Part['list'], from: number, end: number): UnknownPlace {
  // A source that ended, and has no hole before.
  const cut = from >= config.knownLength && isTail(config, config.knownLength) ? endsAt(config.knownLength) : null;
  const place = (list: UnknownPlace['list'], text: string) => ({ list, from, to: end - 1, code: `${list}.unknown`, text: cut ?? text });
  if (part === 'header') return place('header', describeHeader(from, end));
  const range = formatUnknownBytes(from, end - 1);
  const owner = ownerOf(from, part, capabilities);
  const lost = ends[part];
  if (lost !== null && mayHold(from, end, lost, owner === null || isTail(config, from))) {
    return place(part, `${range}: the ${part} list leads to ${hexDigits(lost)}, which is not known`);
  }
  const follow = from === end - 1 ? 'it follows' : 'they follow';
  const whose = owner === null ? 'no capability stands there' : `${follow} ${capabilityLabel(owner)}`;
  return place('body', `${range}: ${whose}`);
}

/** The words for a part of which a text names some bits: single bytes would be hundreds of places. */
function describeTold({ config, ends }: Facts, part: Part['list'], from: number, end: number): UnknownPlace {
  const lost = part === 'header' ? null : ends[part];
  const isSilent = config.firstKnown(from) >= end && [...Array(end - from).keys()].every(i => config.knownBits(from + i) === 0);
  const known = isSilent
    ? formatUnknownBytes(from, end - 1)
    : `of bytes ${offsetText(from)} to ${offsetText(end - 1)} only what the text names is known`;
  const list = lost === null ? (part === 'header' ? 'header' : 'body') : part;
  const text = lost === null ? known : `${known}, and the ${part} list is not known whole`;
  return { list, from, to: end - 1, code: `${list}.unknown`, text };
}

const NONE: readonly UnknownPlace[] = Object.freeze([]);

/**
 * All bytes of a function that are not known, in runs, by offset; empty where every byte that the function has is known. A function whose
 * known list announces no extended space ends at FFh. Header, standard and extended space are told apart. Never throws.
 */
export function unknownPlaces(config: ConfigSpace): readonly UnknownPlace[] {
  const { bytes } = config;
  if (bytes.length === EXTENDED_SIZE && config.isWhole) return NONE;
  const standard = walkStandard(config);
  const extended = walkExtended(config);
  const size = isConventional(config, standard) ? Math.max(CONVENTIONAL_SIZE, bytes.length) : EXTENDED_SIZE;
  const ends = { standard: standard.unknownAt, extended: extendedEnd(config, standard, extended) };
  const facts = { config, ends, capabilities: [...standard.capabilities, ...extended.capabilities] };
  const places: UnknownPlace[] = [];
  for (let at = config.firstUnknown(0); at < size; at = config.firstUnknown(at)) {
    const part = partOf(at, size);
    const from = at;
    if (config.listing !== null) {
      at = part.end;
      places.push(describeTold(facts, part.list, from, at));
      continue;
    }
    at = Math.min(part.end, config.firstKnown(from));
    places.push(describe(facts, part.list, from, at));
  }
  return places;
}
