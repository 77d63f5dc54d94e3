/** The public face of this part: addresses, config space, its decoding and building, names. */
export type { BitFields, DecodedBits } from '../bytes/bits.ts';
export type { DecodedLayout, Fields, Pieces } from '../bytes/layout.ts';
export { type Bar, decodeBars, type MemoryType, ROM_INDEX } from './bars.ts';
export { Bdf, BdfError } from './bdf.ts';
export { type BridgeWindow, decodeBridgeWindows } from './bridge-windows.ts';
export { buildConfigSpace, type CapabilityPart, type ConfigSpaceParts, capabilityPart } from './builder.ts';
export { STANDARD_CAPABILITIES, standardCapabilityFor } from './capabilities/index.ts';
export {
  type CapabilityFields,
  type CapabilityType,
  decodeCapability,
  encodeCapability,
  extendedCapability,
  standardCapability,
} from './capability.ts';
export { capabilityName, capabilityTitle } from './capability-names.ts';
export { type ClassNames, nameClass } from './class-names.ts';
export { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE, type PartialBytes } from './config-space.ts';
export { type DecodedCapability, type DecodedDevice, decodeDevice, expressPortType, hasExtendedSpace } from './decode-device.ts';
export { EXTENDED_CAPABILITIES, extendedCapabilityFor } from './extended/index.ts';
export type { Finding } from './finding.ts';
export { type CommonHeader, decodeHeader, type Header, type Type0Header, type Type1Header, type Type2Header } from './header.ts';
export { doesNotAnswer } from './no-answer.ts';
export { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from './pci-ids.ts';
export { type KnownRegions, knownSizes, type RegionFact } from './regions.ts';
export { type ListEnds, listEnds, type UnknownPlace, unknownPlaces } from './unknown-places.ts';
export { type CapabilityKind, type CapabilityRef, type Walk, walkExtended, walkStandard } from './walk.ts';
