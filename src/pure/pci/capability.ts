/** What a capability is to this library: ID, names, length, what of it is private, the layout of its registers. One file declares one. */
import { type DecodedLayout, type Fields, type Layout, layout, type Pieces, type Source } from '../bytes/layout.ts';
import type { PrivatePlaces } from './private-place.ts';
import type { CapabilityKind } from './walk.ts';

/** Registers at offsets from the start of config space. What reads them may note that it did. */
export interface RegisterReader {
  /** The byte at `at`. */
  u8(at: number): number;
  /** Two bytes from `at` on, little-endian. */
  u16(at: number): number;
  /** Four bytes from `at` on, little-endian. */
  u32(at: number): number;
  /** The bits in `mask` of a register of `length` bytes, in place; its other bits need not be known. */
  bits(at: number, length: 1 | 2 | 4, mask: number): number;
}

/**
 * Bytes of a capability with its header, as the specification has it; `at` is where it stands. `to-next`: no section gives a length, or
 * the registers are not decoded, so that it ends where the next one begins.
 */
export type CapabilityLength = number | 'to-next' | ((registers: RegisterReader, at: number) => number);

/** What is known of an ID whatever form its registers have. The one home of each of these facts. */
export interface CapabilityFacts {
  readonly id: number;
  /** The field's short label: `ATS`, `MSI-X`. */
  readonly name: string;
  /** The specification's title; left out where it is the name. */
  readonly title?: string;
  readonly length: CapabilityLength;
  /** Bytes in which no other capability may begin, beyond those that its registers take; left out where it is the length that they say. */
  readonly claim?: (registers: RegisterReader, at: number) => number;
  /** What of its registers tells one machine from another. */
  readonly privatePlaces: PrivatePlaces;
}

/** A kind of capability, with its registers. Offsets of the layout count from the capability's own first byte. */
export interface CapabilityType<P extends Pieces = Pieces> {
  readonly kind: CapabilityKind;
  readonly id: number;
  /** The field's short label for the ID: `ATS`, `MSI-X`. */
  readonly name: string;
  /** The specification's title; where one ID has several forms, that of the form. */
  readonly title: string;
  readonly registers: Layout<P>;
  readonly facts: CapabilityFacts;
}

/** The registers of a CapabilityType, decoded: `CapabilityFields<typeof ats>`. */
export type CapabilityFields<C> = C extends CapabilityType<infer P> ? Fields<P> : never;

/** What a capability is declared by. */
export interface CapabilityDeclaration<P extends Pieces> extends CapabilityFacts {
  /** The title of one form of an ID that has several. */
  readonly form?: string;
  /** Registers behind the header: from offset 2 in a standard capability, from 4 in an extended one. */
  readonly registers: P;
}

function declare<P extends Pieces>(kind: CapabilityKind, { form, registers, ...facts }: CapabilityDeclaration<P>): CapabilityType<P> {
  const { id, name, title = name } = facts;
  return { kind, id, name, title: form ?? title, registers: layout(registers), facts };
}

/** Declares a capability of the first 256 bytes; its header is the ID at +0 and the next pointer at +1. */
export function standardCapability<P extends Pieces>(declaration: CapabilityDeclaration<P>): CapabilityType<P> {
  return declare('standard', declaration);
}

/** Declares an extended capability; its header is one dword: ID [15:0], version [19:16], next pointer [31:20]. */
export function extendedCapability<P extends Pieces>(declaration: CapabilityDeclaration<P>): CapabilityType<P> {
  return declare('extended', declaration);
}

/** The registers of the capability of this type at `offset`. Unknown bytes leave their register out and are listed in `missing`. */
export function decodeCapability<P extends Pieces>(type: CapabilityType<P>, source: Source, offset: number): DecodedLayout<P> {
  return type.registers.decode(source, offset);
}

/** The capability's bytes with its header, next pointer 0. `version` is for extended capabilities. */
export function encodeCapability<P extends Pieces>(type: CapabilityType<P>, fields: Fields<P>, version = 1): Uint8Array {
  const prefix = type.kind === 'standard' ? Uint8Array.of(type.id, 0) : Uint8Array.of(type.id & 0xff, type.id >> 8, version & 15, 0);
  return type.registers.encode(fields, prefix);
}
