/** Integrity and Data Encryption, ID 0030h (PCIe 6.0 §7.9.26), with a register block for each link and selective stream. */
import { bit, bits, choice, mapped } from '../../bytes/bits.ts';
import { group, list, type Peek, reg32, sequence, u32 } from '../../bytes/layout.ts';
import {
  PCI_EXT_CAP_ID_IDE,
  PCI_IDE_CAP,
  PCI_IDE_LINK_BLOCK_SIZE,
  PCI_IDE_LINK_STREAM_0,
  PCI_IDE_SEL_ADDR_BLOCK_SIZE,
} from '../../spec/pci-regs.ts';
import { IDE_SELECTIVE_SIZE } from '../../spec/pcie.ts';
import { extendedCapability } from '../capability.ts';
import { EXTENDED_SIZE } from '../config-space.ts';
import { type AddressPlace, type PlaceFinder, zeroed } from '../private-place.ts';

/** Counts are stored less one. */
const fromZero = (low: number, high: number) =>
  mapped(
    low,
    high,
    raw => raw + 1,
    count => count - 1,
  );

// How many TLPs of a kind one MAC may cover.
const AGGREGATION = { 0: 'none', 1: 'up to 2', 2: 'up to 4', 3: 'up to 8' } as const;
/** 0 is AES-GCM with a 256-bit key and a MAC of 96 bits; no other is assigned. */
const ALGORITHM = { 0: 'AES-GCM-256-96b' } as const;

const STREAM_CONTROL = {
  enable: bit(0),
  txAggregationNonPosted: choice(2, 3, AGGREGATION),
  txAggregationPosted: choice(4, 5, AGGREGATION),
  txAggregationCompletion: choice(6, 7, AGGREGATION),
  pcrcEnable: bit(8),
  partialHeaderEncryption: choice(10, 13, { 0: 'none', 1: '17:2', 2: '25:2', 3: '33:2', 4: '41:2' }),
  algorithm: choice(14, 18, ALGORITHM),
  trafficClass: bits(19, 21),
  streamId: bits(24, 31),
};

const STREAM_STATUS = { state: choice(0, 3, { 0: 'insecure', 2: 'secure' }), integrityCheckFailReceived: bit(31) };

/** One block for each traffic class, where link streams are supported at all. */
function linkStreams(peek: Peek): number {
  const capability = peek.u32(PCI_IDE_CAP);
  return (capability & 1) !== 0 ? ((capability >>> 13) & 7) + 1 : 0;
}

function selectiveStreams(peek: Peek): number {
  const capability = peek.u32(PCI_IDE_CAP);
  return (capability & 2) !== 0 ? ((capability >>> 16) & 0xff) + 1 : 0;
}

/** The first register of a selective stream's block says how many address blocks end it. */
function addressBlocks(peek: Peek): number {
  return peek.u32(0) & 15;
}

const LIMIT_UPPER = 4;
const BASE_UPPER = 8;

/** The address blocks of each selective stream; the first dword of one has a valid bit that stays. */
const associationPlaces: PlaceFinder<AddressPlace> = (config, offset) => {
  const read = (at: number) => config.read(offset + at, 4) ?? 0;
  const peek: Peek = { u8: at => read(at) & 0xff, u16: at => read(at) & 0xffff, u32: read, parent: null };
  const places: AddressPlace[] = [];
  let at = offset + PCI_IDE_LINK_STREAM_0 + PCI_IDE_LINK_BLOCK_SIZE * linkStreams(peek);
  for (let i = 0; i < selectiveStreams(peek) && at < EXTENDED_SIZE; i++) {
    const blocks = (config.read(at, 1) ?? 0) & 15;
    at += IDE_SELECTIVE_SIZE;
    for (let block = 0; block < blocks; block++, at += PCI_IDE_SEL_ADDR_BLOCK_SIZE) {
      const what = `IDE stream ${i}, range ${block}`;
      places.push(
        zeroed(at, what, 0xff),
        zeroed(at + LIMIT_UPPER, `${what}, upper limit`, 0),
        zeroed(at + BASE_UPPER, `${what}, upper base`, 0),
      );
    }
  }
  return places;
};

const selectiveStream = group({
  capability: reg32(0x00, { addressAssociationBlocks: bits(0, 3) }),
  control: reg32(0x04, { ...STREAM_CONTROL, configurationRequestsEnable: bit(9), defaultStream: bit(22), teeLimitedStream: bit(23) }),
  status: reg32(0x08, STREAM_STATUS),
  ridAssociation1: reg32(0x0c, { ridLimit: bits(8, 23) }),
  ridAssociation2: reg32(0x10, { valid: bit(0), ridBase: bits(8, 23), segmentBase: bits(24, 31) }),
  addressAssociations: list(
    IDE_SELECTIVE_SIZE,
    PCI_IDE_SEL_ADDR_BLOCK_SIZE,
    addressBlocks,
    group({
      // Bits [31:20] of the first and of the last address.
      association1: reg32(0, { valid: bit(0), memoryBaseLower: bits(8, 19), memoryLimitLower: bits(20, 31) }),
      memoryLimitUpper: u32(LIMIT_UPPER),
      memoryBaseUpper: u32(BASE_UPPER),
    }),
  ),
});

export const ide = extendedCapability({
  id: PCI_EXT_CAP_ID_IDE,
  name: 'IDE',
  title: 'Integrity and Data Encryption',
  length: 'to-next',
  privatePlaces: { addresses: associationPlaces },
  registers: {
    capability: reg32(PCI_IDE_CAP, {
      linkStreamsSupported: bit(0),
      selectiveStreamsSupported: bit(1),
      flowThroughSupported: bit(2),
      partialHeaderEncryptionSupported: bit(3),
      aggregationSupported: bit(4),
      pcrcSupported: bit(5),
      ideKmSupported: bit(6),
      selectiveConfigurationRequestsSupported: bit(7),
      algorithms: choice(8, 12, ALGORITHM),
      linkTrafficClasses: fromZero(13, 15),
      selectiveStreams: fromZero(16, 23),
      teeLimitedStreamSupported: bit(24),
    }),
    control: reg32(0x08, { flowThroughEnable: bit(2) }),
    linkStreams: list(
      PCI_IDE_LINK_STREAM_0,
      PCI_IDE_LINK_BLOCK_SIZE,
      linkStreams,
      group({ control: reg32(0, STREAM_CONTROL), status: reg32(4, STREAM_STATUS) }),
    ),
    selectiveStreams: sequence(
      peek => PCI_IDE_LINK_STREAM_0 + PCI_IDE_LINK_BLOCK_SIZE * linkStreams(peek),
      selectiveStreams,
      peek => IDE_SELECTIVE_SIZE + PCI_IDE_SEL_ADDR_BLOCK_SIZE * addressBlocks(peek),
      selectiveStream,
    ),
  },
});
