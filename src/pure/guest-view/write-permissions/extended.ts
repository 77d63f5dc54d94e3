/** Writes that vfio-pci lets through to extended capabilities (vfio_pci_config: permission and length tables). */

import { itemAt } from '../../bytes/checked.ts';
import {
  PCI_ACS_CAP,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_BITS,
  PCI_ACS_EGRESS_CTL_V,
  PCI_DPA_BASE_SIZEOF,
  PCI_DPA_CAP,
  PCI_DPA_CAP_SUBSTATE_MASK,
  PCI_DVSEC_HEADER1,
  PCI_ERR_CAP,
  PCI_ERR_CAP_ECRC_CHKE,
  PCI_ERR_CAP_ECRC_GENE,
  PCI_ERR_COR_STATUS,
  PCI_ERR_ROOT_COMMAND,
  PCI_ERR_UNCOR_STATUS,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_DPA,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_DVSEC,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_LTR,
  PCI_EXT_CAP_ID_MCAST,
  PCI_EXT_CAP_ID_MFVC,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_PWR,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_TPH,
  PCI_EXT_CAP_ID_VC,
  PCI_EXT_CAP_ID_VC9,
  PCI_EXT_CAP_ID_VNDR,
  PCI_PWR_DSR,
  PCI_REBAR_CAP,
  PCI_REBAR_CTRL,
  PCI_REBAR_CTRL_NBAR_SHIFT,
  PCI_TPH_BASE_SIZEOF,
  PCI_TPH_CAP,
  PCI_TPH_CAP_LOC_MASK,
  PCI_TPH_CAP_ST_MASK,
  PCI_TPH_CAP_ST_SHIFT,
  PCI_TPH_LOC_CAP,
  PCI_VC_CAP1_EVCC,
  PCI_VC_CAP1_LPEVCC,
  PCI_VC_PORT_CAP1,
  PCI_VC_PORT_CAP2,
  PCI_VC_RES_CAP,
  PCI_VNDR_HEADER,
} from '../../spec/pci-regs.ts';
import { REBAR_ENTRY_SIZE, VC_RESOURCE_SIZE } from '../../spec/pcie.ts';
import { type KernelPermission, type Registers, TO_END, type WriteRow } from './permission.ts';

const ALL = 0xffffffff;
const NONE: readonly WriteRow[] = [];

/** Undefined [0], Data Link, Surprise Down [5:4], Poisoned TLP to TLP Prefix Blocked [25:12] (PCIe 6.0 §7.8.4.2). */
const UNCORRECTABLE = 0x03fff031;
/** Correctable errors Receiver [0], Bad TLP, Bad DLLP, Replay Rollover [8:6], Replay Timer to Header Log Overflow [15:12] (§7.8.4.5). */
const CORRECTABLE = 0xf1c1;
const ECRC = PCI_ERR_CAP_ECRC_GENE | PCI_ERR_CAP_ECRC_CHKE;

/** For the kernel the bytes behind the header log (root error registers, TLP prefix log) belong to no capability. */
const AER: KernelPermission = {
  length: PCI_ERR_ROOT_COMMAND,
  writes: [
    [PCI_ERR_UNCOR_STATUS, 12, UNCORRECTABLE],
    [PCI_ERR_COR_STATUS, 8, CORRECTABLE],
    [PCI_ERR_CAP, 4, ECRC],
  ],
  writeOneToClear: [
    [PCI_ERR_UNCOR_STATUS, 4, UNCORRECTABLE],
    [PCI_ERR_COR_STATUS, 4, CORRECTABLE],
  ],
};

/** Phases of the arbitration table, by bits [3:1] of its capability, of which the highest that is set counts; 0 for no table. */
const PHASES: readonly number[] = [0, 32, 64, 64, 128, 128, 128, 128];

/** The registers of each virtual channel, then, at a multiple of 16, the arbitration table where low priority channels have one. */
function virtualChannelLength({ u8 }: Registers): number {
  const capability = u8(PCI_VC_PORT_CAP1);
  const registers = PCI_VC_RES_CAP + VC_RESOURCE_SIZE * (1 + (capability & PCI_VC_CAP1_EVCC));
  const arbitration = u8(PCI_VC_PORT_CAP2);
  const phases = itemAt(PHASES, (arbitration >> 1) & 7);
  if ((capability & PCI_VC_CAP1_LPEVCC) === 0 || phases === 0) return registers;
  return ((registers + 15) & ~15) + phases / 2;
}

/** Eight bytes, and with P2P Egress Control one bit for each function it names, 256 where the size says 0 (PCIe 6.0 §7.7.11). */
function acsLength({ u8 }: Registers): number {
  return (u8(PCI_ACS_CAP) & PCI_ACS_EC) === 0
    ? PCI_ACS_EGRESS_CTL_V
    : PCI_ACS_EGRESS_CTL_V + Math.floor((u8(PCI_ACS_EGRESS_BITS) || 256) / 8);
}

/** The steering tags count only where the table is in the capability itself (PCIe 6.0 §7.9.13). */
function tphLength({ u32 }: Registers): number {
  const capability = u32(PCI_TPH_CAP);
  const tags = ((capability & PCI_TPH_CAP_ST_MASK) >>> PCI_TPH_CAP_ST_SHIFT) + 1;
  return (capability & PCI_TPH_CAP_LOC_MASK) === PCI_TPH_LOC_CAP ? PCI_TPH_BASE_SIZEOF + 2 * tags : PCI_TPH_BASE_SIZEOF;
}

const VIRTUAL_CHANNEL: KernelPermission = { length: virtualChannelLength, writes: NONE };

/** By ID. An ID that is not here is unlinked by vfio-pci, and its bytes are like any that belong to no capability. */
export const EXTENDED: ReadonlyMap<number, KernelPermission> = new Map<number, KernelPermission>([
  [PCI_EXT_CAP_ID_ERR, AER],
  [PCI_EXT_CAP_ID_VC, VIRTUAL_CHANNEL],
  [PCI_EXT_CAP_ID_DSN, { length: 12, writes: NONE }],
  [PCI_EXT_CAP_ID_PWR, { length: 16, writes: [[PCI_PWR_DSR, 1, 0xff]] }],
  [PCI_EXT_CAP_ID_MFVC, VIRTUAL_CHANNEL],
  [PCI_EXT_CAP_ID_VC9, VIRTUAL_CHANNEL],
  // VSEC and DVSEC: raw, over their own length field, [31:20] of the dword behind the header.
  [PCI_EXT_CAP_ID_VNDR, { length: ({ u32 }) => Math.max(u32(PCI_VNDR_HEADER) >>> 20, 4), writes: [[4, TO_END, ALL]] }],
  [PCI_EXT_CAP_ID_ACS, { length: acsLength, writes: NONE }],
  [PCI_EXT_CAP_ID_ARI, { length: 8, writes: NONE }],
  [PCI_EXT_CAP_ID_ATS, { length: 8, writes: NONE }],
  [PCI_EXT_CAP_ID_SRIOV, { length: 0x40, writes: NONE }],
  [PCI_EXT_CAP_ID_MCAST, { length: 40, writes: NONE }],
  [PCI_EXT_CAP_ID_PRI, { length: 16, writes: NONE }],
  [
    PCI_EXT_CAP_ID_REBAR,
    { length: ({ u8 }) => PCI_REBAR_CAP + REBAR_ENTRY_SIZE * (u8(PCI_REBAR_CTRL) >> PCI_REBAR_CTRL_NBAR_SHIFT), writes: NONE },
  ],
  [PCI_EXT_CAP_ID_DPA, { length: ({ u8 }) => PCI_DPA_BASE_SIZEOF + (u8(PCI_DPA_CAP) & PCI_DPA_CAP_SUBSTATE_MASK) + 1, writes: NONE }],
  [PCI_EXT_CAP_ID_TPH, { length: tphLength, writes: NONE }],
  [PCI_EXT_CAP_ID_LTR, { length: 8, writes: NONE }],
  [PCI_EXT_CAP_ID_DVSEC, { length: ({ u32 }) => Math.max(u32(PCI_DVSEC_HEADER1) >>> 20, 4), writes: [[4, TO_END, ALL]] }],
]);
