/** Writes that vfio-pci lets through to the header and to standard capabilities (vfio_pci_config: permission and length tables). */

import { msiLength } from '../../pci/capabilities/msi.ts';
import {
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_BASE_ADDRESS_0,
  PCI_BIST,
  PCI_CACHE_LINE_SIZE,
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V1,
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V2,
  PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V1,
  PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V2,
  PCI_CAP_FLAGS,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_AGP,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_HT,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PCIX,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_SATA,
  PCI_CAP_ID_VNDR,
  PCI_CAP_ID_VPD,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_TYPE_RC_END,
  PCI_INTERRUPT_LINE,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_PM_CTRL,
  PCI_ROM_ADDRESS,
  PCI_SATA_REGS,
  PCI_SATA_REGS_INLINE,
  PCI_SATA_REGS_MASK,
  PCI_SATA_SIZEOF_LONG,
  PCI_SATA_SIZEOF_SHORT,
  PCI_STD_HEADER_SIZEOF,
  PCI_STD_NUM_BARS,
  PCI_VPD_ADDR,
  PCI_VPD_DATA,
  PCI_X_CMD,
  PCI_X_ECC_CSR,
} from '../../spec/pci-regs.ts';
import { PCIX_VERSION } from '../../spec/pcie.ts';
import { type KernelPermission, type Registers, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;
const NONE: readonly WriteRow[] = [];

/**
 * Identity, Status and Interrupt Pin take no write. The row of the cache line size covers the latency timer too. Of Command, even INTx
 * Disable takes a write, into the kernel's copy.
 */
export const HEADER: KernelPermission = {
  length: PCI_STD_HEADER_SIZEOF,
  writes: [
    [PCI_COMMAND, 2, 0xffff],
    [PCI_CACHE_LINE_SIZE, 2, 0xffff],
    [PCI_BIST, 1, 0xff],
    [PCI_BASE_ADDRESS_0, 4 * PCI_STD_NUM_BARS, ALL],
    [PCI_ROM_ADDRESS, 4, ALL],
    [PCI_INTERRUPT_LINE, 1, 0xff],
  ],
};

/** The low byte of Message Control, address and data go to the kernel's copy; mask and pending bits go to the device. */
function msiWrites(registers: Registers): readonly WriteRow[] {
  const data = (registers.u16(PCI_MSI_FLAGS) & PCI_MSI_FLAGS_64BIT) === 0 ? PCI_MSI_DATA_32 : PCI_MSI_DATA_64;
  return [
    [PCI_MSI_FLAGS, 1, 0xff],
    [PCI_MSI_ADDRESS_LO, data - PCI_MSI_ADDRESS_LO, ALL],
    [data, 2, 0xffff],
    [data + 4, 8, ALL],
  ];
}

function expressLength(registers: Registers): number {
  const flags = registers.u16(PCI_EXP_FLAGS);
  const integrated = (flags & PCI_EXP_FLAGS_TYPE) >> 4 === PCI_EXP_TYPE_RC_END;
  if ((flags & PCI_EXP_FLAGS_VERS) < 2) return integrated ? PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V1 : PCI_CAP_EXP_ENDPOINT_SIZEOF_V1;
  return integrated ? PCI_CAP_EXP_RC_ENDPOINT_SIZEOF_V2 : PCI_CAP_EXP_ENDPOINT_SIZEOF_V2;
}

/** By ID. An ID that is not here is unlinked by vfio-pci, and its bytes are like any that belong to no capability. */
export const STANDARD: ReadonlyMap<number, KernelPermission> = new Map<number, KernelPermission>([
  // PM: all of Control and Status but PME_En [8] and PME_Status [15]; the kernel itself changes the power state [1:0].
  [PCI_CAP_ID_PM, { length: 8, writes: [[PCI_PM_CTRL, 4, 0xffff7eff]] }],
  [PCI_CAP_ID_AGP, { length: 12, writes: NONE }],
  // VPD: address and data, which the kernel turns into accesses of its own.
  [
    PCI_CAP_ID_VPD,
    {
      length: 8,
      writes: [
        [PCI_VPD_ADDR, 2, 0xffff],
        [PCI_VPD_DATA, 4, ALL],
      ],
    },
  ],
  [PCI_CAP_ID_MSI, { length: registers => msiLength(registers, 0), writes: msiWrites }],
  // PCI-X: Command, and ECC Control and Status of version 1 and 2, which Command [13:12] tells.
  [
    PCI_CAP_ID_PCIX,
    {
      length: ({ u16 }) => ((u16(PCI_X_CMD) & PCIX_VERSION) === 0 ? 8 : 24),
      writes: [
        [PCI_X_CMD, 2, 0xffff],
        [PCI_X_ECC_CSR, 4, ALL],
      ],
    },
  ],
  // HyperTransport: a slave's is longer than a host's; the type is in [15:13] of the command.
  [PCI_CAP_ID_HT, { length: ({ u8 }) => ((u8(3) & 0xe0) === 0 ? 28 : 24), writes: NONE }],
  // Vendor-specific: raw, over the length that it says itself.
  [PCI_CAP_ID_VNDR, { length: ({ u8 }) => Math.max(u8(PCI_CAP_FLAGS), 2), writes: [[2, TO_END, ALL]] }],
  // PCI Express: Device Control but Phantom Functions [9], Device Control 2 but ARI Forwarding [5].
  [
    PCI_CAP_ID_EXP,
    {
      length: expressLength,
      writes: [
        [PCI_EXP_DEVCTL, 2, 0xfdff],
        [PCI_EXP_DEVCTL2, 2, 0xffdf],
      ],
    },
  ],
  [PCI_CAP_ID_MSIX, { length: 12, writes: NONE }],
  [
    PCI_CAP_ID_SATA,
    {
      length: ({ u8 }) =>
        (u8(PCI_SATA_REGS) & PCI_SATA_REGS_MASK) === PCI_SATA_REGS_INLINE ? PCI_SATA_SIZEOF_LONG : PCI_SATA_SIZEOF_SHORT,
      writes: NONE,
    },
  ],
  // Advanced Features: Initiate FLR, on which the kernel resets the function.
  [PCI_CAP_ID_AF, { length: 6, writes: [[PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR]] }],
]);
