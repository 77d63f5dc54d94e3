/** Reads the text of one device, as `lspci -v` to `-vvvv` prints it (lspci(8)), into the bits that it names. */
import type { AssignmentFacts } from '../../facts/assignment-facts.ts';
import type { ReadText } from '../../facts/read-text.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE, type ListedCapabilities, type Listing } from '../../pci/config-space.ts';
import { type CapabilityKind, walkExtended, walkStandard } from '../../pci/walk.ts';
import { PCI_CAP_ID_EXP, PCI_CAP_ID_PCIX, PCI_CAP_LIST_NEXT, PCI_CAPABILITY_LIST, PCI_STD_HEADER_SIZEOF } from '../../spec/pci-regs.ts';
import {
  EXTENDED_HEADER,
  EXTENDED_HEADER_SIZE,
  FIRST_EXTENDED,
  STANDARD_HEADER,
  STANDARD_HEADER_SIZE,
  STANDARD_POINTER,
} from '../../spec/pcie.ts';
import { readHeaderLines } from './header-lines.ts';
import { readHostLines } from './host-lines.ts';
import { agreeing } from './standard/power-limit.ts';
import { TextBits } from './text-bits.ts';
import { readTitleLine } from './title-line.ts';
import { namesMfvc, readTitle } from './titles.ts';

/** A capability as its lines have it. */
interface CapabilityLines {
  readonly kind: CapabilityKind;
  readonly offset: number;
  /** As `[100 v2]` has it; null where it is not printed. */
  readonly version: number | null;
  readonly title: string;
  readonly lines: string[];
}

/** What the text of one device gives. */
export interface DeviceTextReading {
  readonly config: ConfigSpace;
  readonly assignment: AssignmentFacts | null;
  /** null where the text named nothing that the rows of bytes did not give. */
  readonly text: ReadText | null;
  /** Whether it has an MFVC; null where its extended list is not known whole. */
  readonly hasMfvc: boolean | null;
}

/** What other functions of its device say of a function. */
export interface Siblings {
  /** Whether it is function 0. */
  readonly isFirst: boolean;
  /** Whether function 0 has an MFVC; null where that is not known. */
  readonly besideMfvc: boolean | null;
}

const CAPABILITY = /^Capabilities: \[([0-9a-f]{2,3})(?: v(\d{1,2}))?\] ?(.*)$/;
const DENIED = /^Capabilities: <(?:access denied|available only to root)>/;
/** Lines of a device that may follow those of its capabilities. */
const BEHIND = /^(?:Kernel driver in use|Kernel modules|DeviceName|Physical Slot|IOMMU group|NUMA node): /;
/** The most lines of one device that are looked at; no device has as many. */
const MOST_LINES = 4096;

interface SplitLines {
  readonly own: readonly string[];
  readonly capabilities: readonly CapabilityLines[];
  /** Whether lspci was let read the list. */
  readonly isDenied: boolean;
  /** Whether lspci says that a list is broken. */
  readonly isBroken: boolean;
}

/** A place in hexadecimal: two digits in the first list, three in the second. */
function splitLines(lines: readonly string[]): SplitLines {
  const own: string[] = [];
  const capabilities: CapabilityLines[] = [];
  let [isDenied, isBroken] = [false, false];
  for (const line of lines.slice(0, MOST_LINES)) {
    const [, digits, version, title = ''] = CAPABILITY.exec(line) ?? [];
    if (digits !== undefined) {
      if (/^<chain (?:broken|looped)>/.test(title)) {
        isBroken = true;
        continue;
      }
      const offset = Number.parseInt(digits, 16);
      const kind = offset < CONVENTIONAL_SIZE ? 'standard' : 'extended';
      capabilities.push({ kind, offset: offset & ~3, version: version === undefined ? null : Number(version), title, lines: [] });
    } else if (DENIED.test(line)) isDenied = true;
    else if (capabilities.length === 0 || BEHIND.test(line)) own.push(line);
    else capabilities.at(-1)?.lines.push(line);
  }
  return { own, capabilities, isDenied, isBroken };
}

const mayAnnounceExtended = (title: string): boolean =>
  readTitle('standard', title).ids.some(id => id === PCI_CAP_ID_EXP || id === PCI_CAP_ID_PCIX);

/** Whether each place is there once and can hold a capability. */
function isPlausible(offsets: readonly number[], first: number): boolean {
  return new Set(offsets).size === offsets.length && offsets.every(offset => offset >= first);
}

/**
 * What the text proves of both lists. lspci prints a list from its first capability to its last, so where no line is missing there is no
 * other. Signs that lines are missing: the second list does not begin at 100h, or there is one without a capability that announces it;
 * there is none at all, which a trimmed text looks like too, and Status does not say that there is none. Then no list is known whole.
 * Nor is the last one where the text may have been cut: nothing stands behind it.
 */
function listingOf({ capabilities, isDenied, isBroken, own }: SplitLines, isEnded: boolean): Listing {
  const offsets = (kind: CapabilityKind) => capabilities.filter(one => one.kind === kind).map(({ offset }) => offset);
  const [standard, extended] = [offsets('standard'), offsets('extended')];
  const hasHeader = own.some(line => line.startsWith('Flags: ') || line.startsWith('Control: '));
  const isAnnounced = capabilities.some(({ kind, title }) => kind === 'standard' && mayAnnounceExtended(title));
  const isCut =
    !hasHeader ||
    isDenied ||
    isBroken ||
    (capabilities.length === 0 && !own.some(line => line.startsWith('Status: Cap- '))) ||
    !isPlausible(standard, PCI_STD_HEADER_SIZEOF) ||
    !isPlausible(extended, FIRST_EXTENDED) ||
    (extended.length > 0 && (extended[0] !== FIRST_EXTENDED || !isAnnounced));
  return {
    standard: { offsets: standard, isWhole: !isCut && (isEnded || extended.length > 0) },
    // Without any, lspci may not have been able to read it.
    extended: { offsets: extended, isWhole: !isCut && isEnded && (extended.length > 0 || !isAnnounced) },
  };
}

/** Writes the pointers of a list that is known whole; their two lowest bits are reserved, and lspci does not print them. */
function writeLinks({ standard, extended }: Listing, bits: TextBits, isType2: boolean): void {
  if (standard?.isWhole && !isType2 && standard.offsets.length > 0) {
    bits.write(PCI_CAPABILITY_LIST, 1, STANDARD_POINTER, standard.offsets[0] ?? 0);
    for (const [i, offset] of standard.offsets.entries())
      bits.write(offset + PCI_CAP_LIST_NEXT, 1, STANDARD_POINTER, standard.offsets[i + 1] ?? 0);
  }
  // The last pointer of the second list may lead to a header of zeros, which lspci takes for the end too.
  for (const [i, offset] of (extended?.isWhole ? extended.offsets : []).entries()) {
    const next = extended?.offsets[i + 1];
    if (next !== undefined) bits.write(offset, EXTENDED_HEADER_SIZE, EXTENDED_HEADER.pointer, (next << EXTENDED_HEADER.pointerShift) >>> 0);
  }
}

function readCapability({ kind, offset, version, title, lines }: CapabilityLines, bits: TextBits, besideMfvc: boolean | null): void {
  const { reader, ids } = readTitle(kind, title, besideMfvc);
  const { id: mask } = kind === 'standard' ? STANDARD_HEADER : EXTENDED_HEADER;
  const known = agreeing(ids);
  if (ids.length > 0)
    bits.write(offset, kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE, (known.mask & mask) >>> 0, known.value);
  if (version !== null && version <= 15)
    bits.write(offset, EXTENDED_HEADER_SIZE, EXTENDED_HEADER.version, version << EXTENDED_HEADER.versionShift);
  reader?.read(title, lines, bits, offset);
}

/** Which list to take as told: one that the rows of bytes give whole needs nobody's word. */
function needed(listing: Listing, config: ConfigSpace): Listing | null {
  const isFollowed = (kind: CapabilityKind) => (kind === 'standard' ? walkStandard : walkExtended)(config).unknownAt === null;
  const standard: ListedCapabilities | null = config.bytes.length > 0 && isFollowed('standard') ? null : listing.standard;
  const extended: ListedCapabilities | null = config.bytes.length > CONVENTIONAL_SIZE && isFollowed('extended') ? null : listing.extended;
  return standard === null && extended === null ? null : { standard, extended };
}

/** `-vv` prints Control and Status, `-v` one line of flags. */
function verbosityOf(own: readonly string[]): ReadText['verbosity'] {
  if (own.some(line => line.startsWith('Control: '))) return '-vv';
  return own.some(line => line.startsWith('Flags: ')) ? '-v' : '';
}

/** The lines below a device's own. */
export interface DeviceLinesText {
  readonly lines: readonly string[];
  /** Whether it is seen that nothing is missing at their end. */
  readonly isEnded: boolean;
}

/**
 * Reads the text of a device from its address line on, which is `title` without the address; `config` is what rows of bytes gave.
 * Never throws on any text.
 */
export function readDeviceText(
  title: string,
  { lines, isEnded }: DeviceLinesText,
  config: ConfigSpace,
  siblings: Siblings,
): DeviceTextReading {
  const { isFirst, besideMfvc } = siblings;
  const split = splitLines(lines);
  const bits = new TextBits(config);
  const verbosity = verbosityOf(split.own);
  const { classCode } = readTitleLine(title, bits, verbosity !== '');
  readHeaderLines(split.own, bits, classCode);
  // Status proves by itself that there is no list.
  const told = listingOf(split, isEnded || split.capabilities.length === 0);
  const hasText = verbosity !== '' || split.capabilities.length > 0;
  const listing = hasText ? needed(told, config) : null;
  const isType2 = split.own.some(line => /^(?:Memory|I\/O) window [01]:/.test(line));
  if (listing !== null) writeLinks(listing, bits, isType2);
  const hasMfvc = told.extended?.isWhole ? namesMfvc(split.capabilities.map(one => one.title)) : null;
  for (const capability of split.capabilities) readCapability(capability, bits, isFirst ? hasMfvc : besideMfvc);
  const assignment = readHostLines(split.own);
  const { contradiction } = bits;
  const hasBytes = config.bytes.length > 0;
  // A list of names alone is no more than it was.
  const isMore = (bits.isMore && (hasText || hasBytes)) || listing !== null;
  const hasExtended = split.capabilities.some(({ kind }) => kind === 'extended');
  const length = Math.max(
    config.bytes.length,
    hasExtended ? EXTENDED_SIZE : hasText ? CONVENTIONAL_SIZE : bits.isMore ? PCI_STD_HEADER_SIZEOF : 0,
  );
  return {
    config: isMore ? bits.finish(length, listing) : config,
    assignment,
    text:
      (isMore && hasText) || contradiction !== null
        ? { verbosity, capabilities: split.capabilities.length, hasBytes, contradiction, unplaced: [] }
        : null,
    hasMfvc,
  };
}
