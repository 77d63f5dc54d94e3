/** Makes a config space with unknown bytes into one that a device can have: no list in it leads into unknown bytes. */
import { byteAt } from '../bytes/checked.ts';
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';
import { type UnknownPlace, unknownPlaces } from '../pci/unknown-places.ts';
import { type CapabilityKind, type CapabilityRef, type Walk, walkExtended, walkStandard } from '../pci/walk.ts';
import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_LIST_NEXT,
  PCI_CAP_MSIX_SIZEOF,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_TABLE,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, FIRST_EXTENDED, linkExtended, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';

/** What was changed of a list because of bytes that are not known. */
export interface ListCut {
  readonly kind: CapabilityKind;
  /** Where the list leads into unknown bytes; null where all of it is known. */
  readonly unknownAt: number | null;
  /** The last capability that is still in the list; null where none is. */
  readonly last: CapabilityRef | null;
  /** Capabilities that were taken out, since registers that describe them are unknown. */
  readonly removed: readonly CapabilityRef[];
}

/** A config space that a device can have, and what was changed to make it one. */
export interface ServedConfig {
  /** 256 or 4096 bytes, all of which count as known: 0 where they are not. The source itself where nothing is unknown in it. */
  readonly config: ConfigSpace;
  /** What is not known. */
  readonly places: readonly UnknownPlace[];
  /** Lists that are not served as the device has them. */
  readonly cuts: readonly ListCut[];
}

/**
 * Bytes of a capability, from its start on, that must be known: MSI's Message Control and that of PCI Express say which registers there
 * are, and zeros for the places of MSI-X would put its table over its pending bits, which a VMM refuses. Zeros elsewhere do no harm.
 */
const NEEDED: Readonly<Record<number, number>> = {
  [PCI_CAP_ID_MSI]: PCI_MSI_FLAGS + 2,
  [PCI_CAP_ID_EXP]: PCI_EXP_FLAGS + 2,
  [PCI_CAP_ID_MSIX]: PCI_CAP_MSIX_SIZEOF,
};

/** The same of a text, which names no reserved bits: vectors and shape of MSI, version, type and slot of PCI Express, vectors of MSI-X. */
const NEEDED_BITS: Readonly<Record<number, readonly [at: number, mask: number]>> = {
  [PCI_CAP_ID_MSI]: [PCI_MSI_FLAGS, PCI_MSI_FLAGS_QMASK | PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT],
  [PCI_CAP_ID_EXP]: [PCI_EXP_FLAGS, PCI_EXP_FLAGS_VERS | PCI_EXP_FLAGS_TYPE],
  [PCI_CAP_ID_MSIX]: [PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_QSIZE],
};

function isNamed(config: ConfigSpace, { id, offset }: CapabilityRef): boolean {
  const [at, mask] = NEEDED_BITS[id] ?? [0, 0];
  if ((~config.readBits(offset + at, 2).mask & mask) !== 0) return false;
  return id !== PCI_CAP_ID_MSIX || config.isKnown(offset + PCI_MSIX_TABLE, PCI_CAP_MSIX_SIZEOF - PCI_MSIX_TABLE);
}

function isUsable(config: ConfigSpace, ref: CapabilityRef): boolean {
  const { kind, id, offset } = ref;
  if (kind === 'standard' && config.listing !== null) return isNamed(config, ref);
  return kind === 'extended' || config.isKnown(offset, NEEDED[id] ?? STANDARD_HEADER_SIZE);
}

/** Writes the pointer from one capability to the next, in the config space that is served. */
interface Linker {
  first(offset: number): void;
  next(from: CapabilityRef, offset: number): void;
}

function standardLinker(bytes: Uint8Array): Linker {
  return {
    first(offset) {
      bytes[
        ((bytes[PCI_HEADER_TYPE] ?? 0) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST
      ] = offset;
      const status = byteAt(bytes, PCI_STATUS);
      bytes[PCI_STATUS] = offset === 0 ? status & ~PCI_STATUS_CAP_LIST : status | PCI_STATUS_CAP_LIST;
    },
    next(from, offset) {
      bytes[from.offset + PCI_CAP_LIST_NEXT] = offset;
    },
  };
}

/** The first extended capability has a fixed place: without it, four zeros stand there. */
function extendedLinker(bytes: Uint8Array): Linker {
  return {
    first(offset) {
      if (offset === 0) bytes.fill(0, FIRST_EXTENDED, FIRST_EXTENDED + EXTENDED_HEADER_SIZE);
      else if (offset !== FIRST_EXTENDED) linkExtended(bytes, FIRST_EXTENDED, offset);
    },
    next(from, offset) {
      linkExtended(bytes, from.offset, offset);
    },
  };
}

/** Rewrites only pointers that lead to a removed capability or into unknown bytes; all of a list that somebody told. */
function cutList(config: ConfigSpace, kind: CapabilityKind, { capabilities, unknownAt }: Walk, linker: Linker): ListCut | null {
  const removed = capabilities.filter(capability => !isUsable(config, capability));
  const isTold = config.listing?.[kind] != null;
  if (removed.length === 0 && unknownAt === null && !isTold) return null;
  let last: CapabilityRef | null = null;
  const lead = (offset: number) => (last === null ? linker.first(offset) : linker.next(last, offset));
  let isCut = isTold;
  for (const capability of capabilities) {
    if (removed.includes(capability)) isCut = true;
    else {
      if (isCut) lead(capability.offset);
      isCut = isTold;
      last = capability;
    }
  }
  if (isCut || unknownAt !== null) lead(0);
  if (removed.length === 0 && unknownAt === null) return null;
  return { kind, unknownAt, last, removed };
}

/**
 * The part of a function that can be served. A list ends before its first unknown capability; what follows it, the rest of the space and
 * single unknown registers read 0. The space has 4096 bytes where more than 256 are given, else 256. Never throws.
 */
export function servedConfig(config: ConfigSpace): ServedConfig {
  const size = config.bytes.length > CONVENTIONAL_SIZE ? EXTENDED_SIZE : CONVENTIONAL_SIZE;
  const places = unknownPlaces(config);
  if (config.isWhole && config.bytes.length === size) return { config, places, cuts: [] };
  const bytes = new Uint8Array(size);
  for (const [at, byte] of config.bytes.entries()) if (config.isKnown(at)) bytes[at] = byte;
  if (config.listing !== null) config.writePartial(bytes);
  const standard = cutList(config, 'standard', walkStandard(config), standardLinker(bytes));
  const extended = size === EXTENDED_SIZE ? cutList(config, 'extended', walkExtended(config), extendedLinker(bytes)) : null;
  return { config: new ConfigSpace(bytes), places, cuts: [standard, extended].filter(cut => cut !== null) };
}
