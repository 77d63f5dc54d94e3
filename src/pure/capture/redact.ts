/** Takes out of config bytes what identifies a machine: serial numbers and addresses. */
import { ConfigSpace, type PartialBytes } from '../pci/config-space.ts';
import type { AddressPlace, PrivatePlace } from '../pci/private-place.ts';
import { addressPlaces, obscurePlaces, serialPlaces } from './private-places.ts';

/**
 * Serial numbers (DSN, the window to VPD, the GUID of a hierarchy) or addresses of the host (BARs, ROM, bridge windows, and what
 * capabilities have: VF BARs, EA, Multicast, an IOMMU's registers, Root Complex links, ranges of IDE, of CXL devices and of CXL ports).
 */
export type RedactionKind = 'serials' | 'addresses';

/** Bytes that were taken out; `what` is such as `BAR 0`. */
export type RedactedPlace = PrivatePlace;

/** The views of one function, host bytes and vfio bytes, and what was taken out of either. */
export interface Redacted {
  readonly spaces: readonly ConfigSpace[];
  readonly places: readonly RedactedPlace[];
}

/** A config space that is being changed. */
interface Draft {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;
  /** Known bits of bytes that are not known whole. */
  readonly partial: PartialBytes;
}

function draftOf(config: ConfigSpace): Draft {
  const { length } = config.bytes;
  return {
    bytes: config.bytes.slice(),
    known: Uint8Array.from(config.bytes, (_, at) => Number(config.isKnown(at))),
    partial: config.partial ?? { mask: new Uint8Array(length), value: new Uint8Array(length) },
  };
}

/** Makes the bytes unknown; tells whether a bit was known. A number of zeros could be taken for a serial number. */
function forget({ bytes, known, partial }: Draft, { at, length }: PrivatePlace): boolean {
  const end = at + length;
  const isAnyKnown = known.subarray(at, end).includes(1) || partial.mask.subarray(at, end).some(bits => bits !== 0);
  for (const part of [bytes, known, partial.mask, partial.value]) part.fill(0, at, end);
  return isAnyKnown;
}

/**
 * Leaves the bits of `keep` and sets the others to `value`, byte by byte, where the byte is known; of one that is known in part
 * the others become unknown. Tells whether anything changed.
 */
function replace({ bytes, known, partial }: Draft, { at, length, keep, value }: AddressPlace): boolean {
  let isChanged = false;
  for (let i = 0; i < length && at + i < bytes.length; i++) {
    const [before = 0, bits = 0] = [bytes[at + i], partial.mask[at + i]];
    const kept = (keep >>> (8 * i)) & 0xff;
    const after = known[at + i] === 0 ? before : (before & kept) | ((value >>> (8 * i)) & 0xff);
    bytes[at + i] = after;
    partial.mask[at + i] = bits & kept;
    partial.value[at + i] = (partial.value[at + i] ?? 0) & kept;
    isChanged ||= after !== before || (bits & kept) !== bits;
  }
  return isChanged;
}

/**
 * Redacts the byte views of one function together, so that bytes that only one view links go from both: vfio-pci unlinks
 * capabilities and leaves their bytes readable. Serial numbers become unknown bytes; addresses become 0 with their type bits
 * kept, and bridge windows closed ones. Where it is not known what kind of header it is, all that may hold an address becomes
 * unknown. `places` names what changed, by offset. Registers that a vendor defines are left alone.
 */
export function redact(spaces: readonly ConfigSpace[], kinds: readonly RedactionKind[]): Redacted {
  const drafts = spaces.map(draftOf);
  const places = new Map<string, RedactedPlace>();
  const note = ({ at, length, what }: PrivatePlace) => places.set(`${at} ${length}`, { at, length, what });
  if (kinds.includes('serials')) {
    for (const place of spaces.flatMap(serialPlaces)) for (const draft of drafts) if (forget(draft, place)) note(place);
  }
  if (kinds.includes('addresses')) {
    for (const place of spaces.flatMap(obscurePlaces)) for (const draft of drafts) if (forget(draft, place)) note(place);
    for (const place of spaces.flatMap(addressPlaces)) for (const draft of drafts) if (replace(draft, place)) note(place);
  }
  return {
    spaces: drafts.map(({ bytes, known, partial }) => new ConfigSpace(bytes, known, partial)),
    places: [...places.values()].sort((a, b) => a.at - b.at),
  };
}
