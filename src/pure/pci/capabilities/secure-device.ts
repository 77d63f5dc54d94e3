/** Secure Device, ID 0Fh; block type 3 is an AMD IOMMU (AMD I/O Virtualization Technology 3.08 §3.2). */
import { bit, bits, choice, mapped } from '../../bytes/bits.ts';
import { type Peek, reg16, reg32, u32, when } from '../../bytes/layout.ts';
import { PCI_CAP_ID_SECDEV } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';
import { type AddressPlace, type PlaceFinder, zeroed } from '../private-place.ts';

const BLOCK = 0x02;
const BASE = 0x04;
const BASE_HIGH = 0x08;
const isIommu = (peek: Peek) => (peek.u16(BLOCK) & 7) === 3;
const isExtendedIommu = (peek: Peek) => isIommu(peek) && (peek.u16(BLOCK) & 0x1000) !== 0;

/** Where the host has the registers of its IOMMU; bits below 14 are no address. */
const iommuPlaces: PlaceFinder<AddressPlace> = (_config, at) => [
  zeroed(at + BASE, 'IOMMU base address', 0x3fff),
  zeroed(at + BASE_HIGH, 'IOMMU base address, upper half', 0),
];

export const secureDevice = standardCapability({
  id: PCI_CAP_ID_SECDEV,
  name: 'Secure Device',
  length: 'to-next',
  privatePlaces: { addresses: iommuPlaces },
  registers: {
    block: reg16(BLOCK, {
      type: choice(0, 2, { 3: 'iommu' }),
      revision: bits(3, 7),
      iotlbSupported: bit(8),
      hyperTransportTunnel: bit(9),
      notPresentCache: bit(10),
      extendedFeatureRegister: bit(11),
      capabilityExtension: bit(12),
    }),
    baseAddressLow: when(
      isIommu,
      reg32(BASE, {
        enable: bit(0),
        address: mapped(
          14,
          31,
          raw => raw * 0x4000,
          address => address / 0x4000,
        ),
      }),
    ),
    baseAddressHigh: when(isIommu, u32(BASE_HIGH)),
    range: when(
      isIommu,
      reg32(0x0c, { unitId: bits(0, 4), valid: bit(7), busNumber: bits(8, 15), firstDevice: bits(16, 23), lastDevice: bits(24, 31) }),
    ),
    // Sizes of addresses in bits; a guest's is coded (2: 48 bits).
    misc0: when(
      isIommu,
      reg32(0x10, {
        msiNumber: bits(0, 4),
        guestVirtualAddressSize: bits(5, 7),
        physicalAddressSize: bits(8, 14),
        virtualAddressSize: bits(15, 21),
        htAtsReserved: bit(22),
        msiNumberPpr: bits(27, 31),
      }),
    ),
    misc1: when(isExtendedIommu, reg32(0x14, { msiNumberGuestApic: bits(0, 4) })),
  },
});
