/** What a capability is to this library: an ID, names, and the layout of its registers. One file for each declares one. */
import { type DecodedLayout, type Fields, type Layout, layout, type Pieces, type Source } from '../bytes/layout.ts';
import { capabilityName, capabilityTitle } from './capability-names.ts';
import type { CapabilityKind } from './walk.ts';

/** A kind of capability, with its registers. Offsets of the layout count from the capability's own first byte. */
export interface CapabilityType<P extends Pieces = Pieces> {
  readonly kind: CapabilityKind;
  readonly id: number;
  /** The field's short label for the ID: `ATS`, `MSI-X`. */
  readonly name: string;
  /** The specification's title; where one ID has several forms, that of the form. */
  readonly title: string;
  readonly registers: Layout<P>;
}

/** The registers of a CapabilityType, decoded: `CapabilityFields<typeof ats>`. */
export type CapabilityFields<C> = C extends CapabilityType<infer P> ? Fields<P> : never;

/** What a capability is declared by. */
export interface CapabilityDeclaration<P extends Pieces> {
  readonly id: number;
  /** The title of one form of an ID that has several; otherwise that of the ID. */
  readonly title?: string;
  /** Registers behind the header: from offset 2 in a standard capability, from 4 in an extended one. */
  readonly registers: P;
}

function declare<P extends Pieces>(kind: CapabilityKind, { id, title, registers }: CapabilityDeclaration<P>): CapabilityType<P> {
  return { kind, id, name: capabilityName(kind, id), title: title ?? capabilityTitle(kind, id), registers: layout(registers) };
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
