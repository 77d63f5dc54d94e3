/** Compares two config spaces as a guest would meet them, as far as both are known: header, capabilities, fields, else bytes. */
import { formatHex } from '../bytes/hex.ts';
import { capabilityLabel } from '../pci/capability-names.ts';
import { CONVENTIONAL_SIZE } from '../pci/config-space.ts';
import { type DecodedCapability, type DecodedDevice, decodeDevice } from '../pci/decode-device.ts';
import type { Header } from '../pci/header.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';
import type { CapabilityRef } from '../pci/walk.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_CAPABILITY_LIST,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_ROM_ADDRESS1,
  PCI_STD_HEADER_SIZEOF,
} from '../spec/pci-regs.ts';
import { type ByteRange, compareBytes, rangesWhere } from './compare-bytes.ts';
import { type ComparedSpace, commonKnowledge, type KnownLists, knownLists, unknownOf } from './compared-space.ts';
import { compareFields, type Difference, type FieldTexts, flattenFields } from './difference.ts';

/**
 * `same`: all bytes of both are known, and none differs. `same-as-far-as-known`: no byte that both know differs.
 * `incomparable`: there is no byte that both know.
 */
export type ComparisonOutcome = 'same' | 'same-as-far-as-known' | 'different' | 'incomparable';

/** What differs between two config spaces, and how far they could be compared. */
export interface Comparison {
  readonly outcome: ComparisonOutcome;
  /** All that differs, by offset. */
  readonly differences: readonly Difference[];
  /** The bytes that both sides know, and that were compared. */
  readonly compared: readonly ByteRange[];
  /** What is not known of each side. */
  readonly unknown: { readonly a: readonly UnknownPlace[]; readonly b: readonly UnknownPlace[] };
}

/** Two capabilities correspond where kind, ID and offset are equal: a guest remembers a register by its offset. */
function key({ kind, id, offset }: CapabilityRef): string {
  return `${kind} ${id} ${offset}`;
}

/** The capabilities that one side lacks. A side lacks one for certain only where its list is known to the end. */
function compareLists(a: KnownLists, b: KnownLists): Difference[] {
  const keysOf = ({ capabilities }: KnownLists) => new Set(capabilities.map(key));
  const lacking = (own: KnownLists, others: Set<string>, other: KnownLists) =>
    own.capabilities.filter(ref => other.isKnown[ref.kind] && !others.has(key(ref)));
  const tell = (there: 'a' | 'b') => (ref: CapabilityRef) => ({
    at: ref.offset,
    place: capabilityLabel(ref),
    field: '',
    a: there === 'a' ? 'there' : null,
    b: there === 'b' ? 'there' : null,
  });
  return [...lacking(a, keysOf(b), b).map(tell('a')), ...lacking(b, keysOf(a), a).map(tell('b'))];
}

function described({ ref, fields, bytes }: DecodedCapability): FieldTexts {
  const flat = flattenFields(fields);
  if (ref.next !== null) flat.set('next', formatHex(ref.next));
  if (ref.kind === 'extended' && ref.version !== null) flat.set('version', String(ref.version));
  if (bytes !== undefined) flat.set('bytes', bytes);
  return flat;
}

/** The fields of capabilities that both sides have. */
function compareCapabilities(a: DecodedDevice, b: DecodedDevice): Difference[] {
  const right = new Map(b.capabilities.map(capability => [key(capability.ref), capability]));
  return a.capabilities.flatMap(capability => {
    const other = right.get(key(capability.ref));
    if (other === undefined) return [];
    const isWhole = capability.missing.length === 0 && other.missing.length === 0;
    const { offset: at } = capability.ref;
    return compareFields({ place: capabilityLabel(capability.ref), at, a: described(capability), b: described(other), isWhole });
  });
}

/** The registers of a header: those that all have, and those of its layout. */
function headerFields({ common, type0, type1, type2 }: Header): FieldTexts {
  return flattenFields({ common, ...(type0 && { type0 }), ...(type1 && { type1 }), ...(type2 && { type2 }) });
}

function compareHeaders({ header: a }: DecodedDevice, { header: b }: DecodedDevice): Difference[] {
  const isWhole = a.missing.length === 0 && b.missing.length === 0;
  return compareFields({ place: 'header', at: 0, a: headerFields(a), b: headerFields(b), isWhole });
}

/** The difference where one space ends and the other one goes on with bytes that are not 0. */
function compareSizes(a: ComparedSpace, b: ComparedSpace): Difference[] {
  const holdsMore = ({ config }: ComparedSpace) => config.bytes.subarray(CONVENTIONAL_SIZE).some(byte => byte !== 0);
  const [left, right] = [a.isConventional === true, b.isConventional === true];
  if (left === right || !holdsMore(left ? b : a)) return [];
  const [at, place, field] = [CONVENTIONAL_SIZE, 'extended config space', ''];
  return [{ at, place, field, a: left ? null : 'there', b: right ? null : 'there' }];
}

/** Offsets of the registers that the header's fields cover; the rest is compared as bytes (PCI 3.0 §6.1; PCI-to-PCI Bridge 1.2 §3.2). */
function isHeaderRegister(at: number, layout: number | null): boolean {
  if (layout === PCI_HEADER_TYPE_NORMAL) return at <= PCI_CAPABILITY_LIST || (at >= PCI_INTERRUPT_LINE && at < PCI_STD_HEADER_SIZEOF);
  if (layout === PCI_HEADER_TYPE_BRIDGE) return at <= PCI_CAPABILITY_LIST || (at >= PCI_ROM_ADDRESS1 && at < PCI_STD_HEADER_SIZEOF);
  return at < (layout === PCI_HEADER_TYPE_CARDBUS ? PCI_STD_HEADER_SIZEOF : PCI_BASE_ADDRESS_0);
}

/** Makes a test of whether a found difference covers a byte, so that no byte is named twice or lost. */
function toldBy(differences: readonly Difference[], devices: readonly DecodedDevice[]): (at: number) => boolean {
  const header = differences.some(({ place }) => place === 'header');
  const places = new Set(differences.map(({ at }) => at));
  const told = devices.flatMap(({ capabilities }) => capabilities.filter(({ ref }) => places.has(ref.offset)));
  return at =>
    (header && devices.every(device => isHeaderRegister(at, device.header.layout))) ||
    told.some(({ ref, length }) => at >= ref.offset && at < ref.offset + length);
}

function outcomeOf(differences: readonly Difference[], compared: readonly ByteRange[], isAllKnown: boolean): ComparisonOutcome {
  if (differences.length > 0) return 'different';
  if (compared.length === 0) return 'incomparable';
  return isAllKnown ? 'same' : 'same-as-far-as-known';
}

/**
 * All that differs between two spaces in what is known of both. A byte that one side does not know is no difference, and no capability
 * is taken to be missing where that side's list is not known to its end; `unknown` says what that leaves open. Never throws.
 *
 * @example
 * ```ts
 * import { compare } from 'vfio-airlock/guest-view';
 * import { buildConfigSpace } from 'vfio-airlock/pci';
 *
 * const parts = { vendorId: 0x8086, deviceId: 0x1572, classCode: 0x02_00_00, size: 64 };
 * const [a, b] = [buildConfigSpace({ ...parts, revisionId: 1 }), buildConfigSpace({ ...parts, revisionId: 2 })];
 * compare({ config: a }, { config: a }).outcome; // → 'same-as-far-as-known'
 * const { outcome, differences } = compare({ config: a }, { config: b });
 * outcome; // → 'different'
 * differences.map(({ at, field }) => ({ at, field })); // → [{ at: 0, field: 'common.revisionId' }]
 * ```
 */
export function compare(a: ComparedSpace, b: ComparedSpace): Comparison {
  const [first, second] = commonKnowledge(a.config, b.config);
  const [left, right] = [decodeDevice(first), decodeDevice(second)];
  const told = [
    ...compareHeaders(left, right),
    ...compareSizes(a, b),
    ...compareLists(knownLists(a), knownLists(b)),
    ...compareCapabilities(left, right),
  ];
  const differences = [...told, ...compareBytes(first, second, toldBy(told, [left, right]))].sort((x, y) => x.at - y.at);
  const compared = rangesWhere(first.bytes.length, at => first.isKnown(at));
  const unknown = { a: unknownOf(a), b: unknownOf(b) };
  const isAllKnown = unknown.a.length === 0 && unknown.b.length === 0;
  return { outcome: outcomeOf(differences, compared, isAllKnown), differences, compared, unknown };
}
