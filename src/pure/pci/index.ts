/**
 * PCI config space: addresses of functions, bytes with the knowledge which of them are known, decoding and building, names. Decoders
 * take any bytes and never throw: what is wrong with the bytes comes back as findings, and a register whose bytes are not known is absent.
 *
 * @module vfio-airlock/pci
 * @example
 * ```ts
 * import { Bdf, buildConfigSpace, decodeDevice } from 'vfio-airlock/pci';
 *
 * const config = buildConfigSpace({
 *   vendorId: 0x8086,
 *   deviceId: 0x1572,
 *   classCode: 0x02_00_00,
 *   standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }], // PCI Express
 *   extended: [{ id: 0x0f, body: '20000000' }], // ATS: page aligned requests
 * });
 * const device = decodeDevice(config, Bdf.parse('3b:00.0'));
 * device.bdf?.text; // → '0000:3b:00.0'
 * device.header.common.vendorId; // → 0x8086
 * device.capabilities.map(({ name }) => name); // → ['PCI Express', 'ATS']
 * device.findings; // → []
 * ```
 */

export type { BitField, BitFields, DecodedBits } from '../bytes/bits.ts';
export type { DecodedLayout, Fields, KnownBits, Layout, Peek, Piece, PieceShape, Pieces, Place, Source } from '../bytes/layout.ts';
export { type Bar, decodeBars, type MemoryType, ROM_INDEX } from './bars.ts';
export { Bdf, BdfError } from './bdf.ts';
export { type BridgeWindow, decodeBridgeWindows } from './bridge-windows.ts';
export { buildConfigSpace, type CapabilityPart, type ConfigSpaceParts, capabilityPart } from './builder.ts';
export { STANDARD_CAPABILITIES, standardCapabilityFor } from './capabilities/index.ts';
export {
  type CapabilityDeclaration,
  type CapabilityFacts,
  type CapabilityFields,
  type CapabilityLength,
  type CapabilityType,
  decodeCapability,
  encodeCapability,
  extendedCapability,
  type RegisterReader,
  standardCapability,
} from './capability.ts';
export { capabilityName, capabilityTitle } from './capability-names.ts';
export { type ClassNames, nameClass } from './class-names.ts';
export { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE, type ListedCapabilities, type Listing, type PartialBytes } from './config-space.ts';
export { type DecodedCapability, type DecodedDevice, decodeDevice, expressPortType } from './decode-device.ts';
export { EXTENDED_CAPABILITIES, extendedCapabilityFor } from './extended/index.ts';
export { hasExtendedSpace } from './extended-space.ts';
export { type CapabilityIdentity, findCapability } from './find-capability.ts';
export type { Finding } from './finding.ts';
export { type CommonHeader, decodeHeader, type Header, type Type0Header, type Type1Header, type Type2Header } from './header.ts';
export { doesNotAnswer } from './no-answer.ts';
export { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from './pci-ids.ts';
export type { AddressPlace, PlaceFinder, PrivatePlace, PrivatePlaces } from './private-place.ts';
export { type KnownRegions, knownSizes, type RegionFact } from './regions.ts';
export { type ListEnds, listEnds, type UnknownPlace, unknownPlaces } from './unknown-places.ts';
export { type CapabilityKind, type CapabilityRef, type Walk, walkExtended, walkStandard } from './walk.ts';
