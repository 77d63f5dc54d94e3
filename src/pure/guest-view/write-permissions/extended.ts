/** Writes that vfio-pci lets through to extended capabilities (vfio_pci_config: permission and length tables). */
import { type KernelPermission, type Registers, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;
const NONE: readonly WriteRow[] = [];

/** Uncorrectable errors Undefined [0], Data Link, Surprise Down [5:4], Poisoned TLP to TLP Prefix Blocked [25:12] (PCIe 6.0 §7.8.4.2). */
const UNCORRECTABLE = 0x03fff031;
/** Correctable errors Receiver [0], Bad TLP, Bad DLLP, Replay Rollover [8:6], Replay Timer to Header Log Overflow [15:12] (§7.8.4.5). */
const CORRECTABLE = 0xf1c1;
/** ECRC Generation Enable [6] and Check Enable [8] (§7.8.4.7). */
const ECRC = 0x140;

/** What stands behind 2Ch (root error registers, TLP prefix log) belongs to no capability for the kernel. */
const AER: KernelPermission = {
  length: 0x2c,
  writes: [
    [0x04, 12, UNCORRECTABLE],
    [0x10, 8, CORRECTABLE],
    [0x18, 4, ECRC],
  ],
  writeOneToClear: [
    [0x04, 4, UNCORRECTABLE],
    [0x10, 4, CORRECTABLE],
  ],
};

/** Registers of each virtual channel, and behind them at a multiple of 16 the arbitration table where low priority channels have one. */
function virtualChannelLength({ u8 }: Registers): number {
  const capability = u8(4);
  const registers = 0x10 + 12 * (1 + (capability & 7));
  const arbitration = u8(8);
  const phases = [0, 32, 64, 64, 128, 128, 128, 128][(arbitration >> 1) & 7];
  if ((capability & 0x70) === 0 || phases === 0) return registers;
  return ((registers + 15) & ~15) + phases / 2;
}

/** Eight bytes, and with P2P Egress Control one bit for each function it names, 256 where the size says 0 (PCIe 6.0 §7.7.11). */
function acsLength({ u8 }: Registers): number {
  return (u8(4) & 0x20) === 0 ? 8 : 8 + Math.floor((u8(5) || 256) / 8);
}

/** The steering tags count where the table stands in the capability itself: ST Table Location [10:9] is 1 (PCIe 6.0 §7.9.13). */
function tphLength({ u32 }: Registers): number {
  const capability = u32(4);
  return (capability & 0x600) === 0x200 ? 12 + 2 * (((capability >>> 16) & 0x7ff) + 1) : 12;
}

const VIRTUAL_CHANNEL: KernelPermission = { length: virtualChannelLength, writes: NONE };

/** By ID. An ID that is not here is unlinked by vfio-pci, and its bytes are like any that belong to no capability. */
export const EXTENDED: ReadonlyMap<number, KernelPermission> = new Map<number, KernelPermission>([
  [0x01, AER],
  [0x02, VIRTUAL_CHANNEL],
  [0x03, { length: 12, writes: NONE }],
  // Power Budgeting: Data Select.
  [0x04, { length: 16, writes: [[4, 1, 0xff]] }],
  [0x08, VIRTUAL_CHANNEL],
  [0x09, VIRTUAL_CHANNEL],
  // VSEC and DVSEC: raw, over the length that they say themselves, in [31:20] behind the header.
  [0x0b, { length: ({ u32 }) => Math.max(u32(4) >>> 20, 4), writes: [[4, TO_END, ALL]] }],
  [0x0d, { length: acsLength, writes: NONE }],
  [0x0e, { length: 8, writes: NONE }],
  [0x0f, { length: 8, writes: NONE }],
  [0x10, { length: 0x40, writes: NONE }],
  [0x12, { length: 40, writes: NONE }],
  [0x13, { length: 16, writes: NONE }],
  [0x15, { length: ({ u8 }) => 4 + 8 * (u8(8) >> 5), writes: NONE }],
  [0x16, { length: ({ u8 }) => 16 + (u8(4) & 0x1f) + 1, writes: NONE }],
  [0x17, { length: tphLength, writes: NONE }],
  [0x18, { length: 8, writes: NONE }],
  [0x23, { length: ({ u32 }) => Math.max(u32(4) >>> 20, 4), writes: [[4, TO_END, ALL]] }],
]);
