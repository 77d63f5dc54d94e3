/** Single Root I/O Virtualization, ID 0010h (PCIe 6.0 §9.3.3). */
import { bit, bits, mapped } from '../../bytes/bits.ts';
import { list, reg16, reg32, reserved, u8, u16, u32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_SRIOV, PCI_EXT_CAP_SRIOV_SIZEOF, PCI_SRIOV_BAR, PCI_SRIOV_NUM_BARS } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { barPlaces } from '../private-place.ts';

export const srIov = extendedCapability({
  id: PCI_EXT_CAP_ID_SRIOV,
  name: 'SR-IOV',
  title: 'Single Root I/O Virtualization',
  length: PCI_EXT_CAP_SRIOV_SIZEOF,
  privatePlaces: { addresses: (config, at) => barPlaces(config, at + PCI_SRIOV_BAR, PCI_SRIOV_NUM_BARS, 'VF BAR') },
  registers: {
    capabilities: reg32(0x04, {
      vfMigrationCapable: bit(0),
      ariCapableHierarchyPreserved: bit(1),
      vf10BitTagRequesterSupported: bit(2),
      vf14BitTagRequesterSupported: bit(3),
      vfMigrationInterruptMessageNumber: bits(21, 31),
    }),
    control: reg16(0x08, {
      vfEnable: bit(0),
      vfMigrationEnable: bit(1),
      vfMigrationInterruptEnable: bit(2),
      vfMemorySpaceEnable: bit(3),
      ariCapableHierarchy: bit(4),
      vf10BitTagRequesterEnable: bit(5),
      vf14BitTagRequesterEnable: bit(6),
    }),
    status: reg16(0x0a, { vfMigrationStatus: bit(0) }),
    initialVfs: u16(0x0c),
    totalVfs: u16(0x0e),
    numVfs: u16(0x10),
    functionDependencyLink: u8(0x12),
    reserved1: reserved(0x13, 1),
    // Routing IDs: VF n has the PF's plus first offset plus (n - 1) strides.
    firstVfOffset: u16(0x14),
    vfStride: u16(0x16),
    reserved2: reserved(0x18, 2),
    vfDeviceId: u16(0x1a),
    // Bit n: pages of 4096 << n bytes.
    supportedPageSizes: u32(0x1c),
    systemPageSize: u32(0x20),
    // Raw, as the BARs of a header; they hold no I/O BARs.
    vfBars: list(PCI_SRIOV_BAR, 4, () => PCI_SRIOV_NUM_BARS, u32(0)),
    vfMigrationState: reg32(0x3c, {
      bar: bits(0, 2),
      // Bytes from the start of the BAR.
      offset: mapped(
        3,
        31,
        raw => raw * 8,
        offset => offset / 8,
      ),
    }),
  },
});
