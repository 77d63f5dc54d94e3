/** Numbers of the specification that linux/pci_regs.h has no name for: places, sizes, limits, masks of several fields. */
import { byteAt } from '../bytes/checked.ts';

import { PCI_CFG_SPACE_SIZE, PCI_STD_HEADER_SIZEOF } from './pci-regs.ts';

/** The header of an extended capability is one dword, that of a standard one two bytes (PCIe 6.0 §7.6.3; PCI 3.0 §6.7). */
export const EXTENDED_HEADER_SIZE = 4;
export const STANDARD_HEADER_SIZE = 2;

/** The extended list begins here by law (PCIe 6.0 §7.6.3). */
export const FIRST_EXTENDED = 0x100;
/** Where the next pointer stands in the header of an extended capability: in [15:4] of the upper half, behind the version. */
export const EXTENDED_NEXT = 2;
/** The bits of a pointer that count; the two lowest are reserved (PCI 3.0 §6.7; PCIe 6.0 §7.6.3). */
export const STANDARD_POINTER = 0xfc;
export const EXTENDED_POINTER = 0xffc0;
/** The parts of a header that take it for one number, low byte first: its ID, a version in the extended one, the first bit of its pointer. */
export const STANDARD_HEADER = { id: 0xff, pointer: STANDARD_POINTER << 8, pointerShift: 8 } as const;
export const EXTENDED_HEADER = { id: 0xffff, version: 0xf0000, versionShift: 16, pointer: 0xffc00000, pointerShift: 20 } as const;

/** Slot Power Limit Value at scale 0: from here on it is a code, up to the one that stands for more than 600 W (PCIe 6.0 §7.5.3.3). */
export const POWER_LIMIT_CODES = { first: 0xf0, last: 0xff } as const;

/** The second byte of Class Code: base class (PCI 3.0 §6.2.1). */
export const BASE_CLASS = 0x0b;
/** Base address registers of a header by its type: endpoint, bridge, CardBus bridge. */
export const BAR_COUNTS = [6, 2, 1] as const;
/** The low bits of a base address register that are no address: of I/O [1:0], of memory [3:0] (PCI 3.0 §6.2.5.1). */
export const IO_TYPE = 0x3;
export const MEMORY_TYPE = 0xf;
/** Address [31:11] of an expansion ROM (PCIe 6.0 §7.5.1.2.4). */
export const ROM_ADDRESS = 0xfffff800;
/** A register whose read nobody answered, and an id that no vendor has (PCIe 6.0 §2.3.2). */
export const ALL_ONES = 0xffffffff;
export const NO_ID = 0xffff;

/** The highest BAR of a type 0 header; a BAR indicator above it is reserved (PCI 3.0 §6.8.2.4). */
export const LAST_BAR = 5;
/** INTD#, the highest value of Interrupt Pin (PCI 3.0 §6.2.4). */
export const LAST_PIN = 4;
/** From one BAR's pair of registers to the next in Resizable BAR (PCIe 6.0 §7.8.6). */
export const REBAR_ENTRY_SIZE = 8;

/** Bytes of the pending bits of MSI-X: one bit for each vector, in qwords (PCI 3.0 §6.8.2.10). */
export function pendingBytes(vectors: number): number {
  return 8 * Math.ceil(vectors / 64);
}
/** Multiple Message Capable and Enable of MSI are powers of two up to this one; 6 and 7 are reserved (PCI 3.0 §6.8.1.3). */
export const MOST_MSI_LOG2 = 5;
/** Registers of one virtual channel (PCIe 6.0 §7.9.1). */
export const VC_RESOURCE_SIZE = 12;
/** Capability version [13:12] of PCI-X's Command, or Secondary Status of a bridge: 0 without ECC registers (PCI-X 2.0 §7.2.3). */
export const PCIX_VERSION = 0x3000;
/** D3hot in PCI_PM_CTRL_STATE_MASK (PCI PM 1.2 §3.2.4). */
export const PM_D3_HOT = 3;
/** An I/O region has at most so many bytes (PCI 3.0 §6.2.5.1). */
export const MOST_IO_BAR = 256;
/** Entries of the largest MSI-X table (PCI 3.0 §6.8.2.3). */
export const MOST_MSIX_VECTORS = 2048;
/** Bytes of PCI Express from version 2 on (PCIe 6.0 §7.5.3). */
export const EXPRESS_SIZE = 0x3c;
/** Resizable BAR counts sizes from 1 MB (0) to 8 EB (43) in six bits, of which Linux knows five (PCIe 6.0 §7.8.6.3). */
export const REBAR_SMALLEST_LOG2 = 20;
export const LARGEST_REBAR = 43;
export const REBAR_SIZE = 0x3f00;
/** Bytes of a CardBus bridge's header (PC Card 8.0 §4.5). */
export const CARDBUS_SIZE = 0x80;
/** Cache Capable of a CXL device's DVSEC (CXL 3.1 §8.1.3). */
export const CXL_CACHE_CAPABLE = 1;

/** Writes the next pointer of the extended capability at `offset`; the version beside it stays. */
export function linkExtended(bytes: Uint8Array, offset: number, next: number): void {
  const at = offset + EXTENDED_NEXT;
  bytes[at] = (byteAt(bytes, at) & 0x0f) | ((next & 0x0f) << 4);
  bytes[at + 1] = next >> 4;
}

/** As many standard capabilities fit between the header and FFh, a dword each. */
export const MOST_STANDARD = (PCI_CFG_SPACE_SIZE - PCI_STD_HEADER_SIZEOF) / 4;
/** PASIDs are at most so many bits wide (PCIe 6.0 §7.8.9). */
export const PASID_BITS = 20;
/** A selective stream of IDE without its address blocks (PCIe 6.0 §7.9.26.5). */
export const IDE_SELECTIVE_SIZE = 20;
/** Bytes of the longest DVSEC for CXL devices and for a Flex Bus port (CXL 3.1 §8.1.3, §8.2.1.3). */
export const CXL_DEVICE_SIZE = 0x3c;
export const FLEX_BUS_SIZE = 0x20;
