/** Writes that vfio-pci lets through to the header and to standard capabilities (vfio_pci_config: permission and length tables). */
import { MSI_64BIT, msiLength } from './msi-length.ts';
import { type KernelPermission, type Registers, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;
const NONE: readonly WriteRow[] = [];

/**
 * Command, Cache Line Size, Latency Timer, BIST, base addresses, ROM, Interrupt Line. Identity, Status and Interrupt Pin take none,
 * and of Command even INTx Disable does, into the kernel's copy.
 */
export const HEADER: KernelPermission = {
  length: 0x40,
  writes: [
    [0x04, 2, 0xffff],
    [0x0c, 2, 0xffff],
    [0x0f, 1, 0xff],
    [0x10, 24, ALL],
    [0x30, 4, ALL],
    [0x3c, 1, 0xff],
  ],
};

/** The low byte of Message Control, address and data go to the kernel's copy; mask and pending bits go to the device. */
function msiWrites(registers: Registers): readonly WriteRow[] {
  const data = (registers.u16(2) & MSI_64BIT) === 0 ? 8 : 12;
  return [
    [2, 1, 0xff],
    [4, data - 4, ALL],
    [data, 2, 0xffff],
    [data + 4, 8, ALL],
  ];
}

const INTEGRATED_ENDPOINT = 9;

function expressLength(registers: Registers): number {
  const flags = registers.u16(2);
  const integrated = ((flags >> 4) & 15) === INTEGRATED_ENDPOINT;
  if ((flags & 15) < 2) return integrated ? 12 : 20;
  return integrated ? 0x2c : 0x34;
}

/** By ID. An ID that is not here is unlinked by vfio-pci, and its bytes are like any that belong to no capability. */
export const STANDARD: ReadonlyMap<number, KernelPermission> = new Map<number, KernelPermission>([
  // PM: all of Control and Status but PME_En [8] and PME_Status [15]; the kernel itself changes the power state [1:0].
  [0x01, { length: 8, writes: [[4, 4, 0xffff7eff]] }],
  [0x02, { length: 12, writes: NONE }],
  // VPD: address and data, which the kernel turns into accesses of its own.
  [
    0x03,
    {
      length: 8,
      writes: [
        [2, 2, 0xffff],
        [4, 4, ALL],
      ],
    },
  ],
  [0x05, { length: msiLength, writes: msiWrites }],
  // PCI-X: Command, and ECC Control and Status of version 1 and 2, which Command [13:12] tells.
  [
    0x07,
    {
      length: ({ u16 }) => ((u16(2) & 0x3000) === 0 ? 8 : 24),
      writes: [
        [2, 2, 0xffff],
        [8, 4, ALL],
      ],
    },
  ],
  // HyperTransport: a slave's is longer than a host's; the type is in [15:13] of the command.
  [0x08, { length: ({ u8 }) => ((u8(3) & 0xe0) === 0 ? 28 : 24), writes: NONE }],
  // Vendor-specific: raw, over the length that it says itself.
  [0x09, { length: ({ u8 }) => Math.max(u8(2), 2), writes: [[2, TO_END, ALL]] }],
  // PCI Express: Device Control but Phantom Functions [9], Device Control 2 but ARI Forwarding [5].
  [
    0x10,
    {
      length: expressLength,
      writes: [
        [0x08, 2, 0xfdff],
        [0x28, 2, 0xffdf],
      ],
    },
  ],
  [0x11, { length: 12, writes: NONE }],
  [0x12, { length: ({ u8 }) => ((u8(4) & 15) === 15 ? 16 : 8), writes: NONE }],
  // Advanced Features: Initiate FLR, on which the kernel resets the function.
  [0x13, { length: 6, writes: [[4, 1, 0x01]] }],
]);
