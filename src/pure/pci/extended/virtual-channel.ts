/** Virtual Channel (IDs 0002h and, beside an MFVC, 0009h) and Multi-Function Virtual Channel (ID 0008h) (PCIe 6.0 §7.9.1, §7.9.2). */
import { bit, bits, choice, mapped, span } from '../../bytes/bits.ts';
import { group, list, type Peek, type Piece, type Place, raw, reg16, reg32, reserved, when, withinSpace } from '../../bytes/layout.ts';
import {
  PCI_EXT_CAP_ID_MFVC,
  PCI_EXT_CAP_ID_VC,
  PCI_EXT_CAP_ID_VC9,
  PCI_VC_CAP1_EVCC,
  PCI_VC_CAP1_LPEVCC,
  PCI_VC_PORT_CAP1,
  PCI_VC_PORT_CAP2,
  PCI_VC_RES_CAP,
} from '../../spec/pci-regs.ts';
import { VC_RESOURCE_SIZE } from '../../spec/pcie.ts';
import { extendedCapability } from '../capability.ts';

/** Bits of one phase in the table that arbitrates between virtual channels. */
const VC_PHASE_BITS = 4;

const VC_ARBITRATION = { 0: 'fixed', 1: 'wrr32', 2: 'wrr64', 3: 'wrr128' };
const PORT_ARBITRATION = { 0: 'fixed', 1: 'wrr32', 2: 'wrr64', 3: 'wrr128', 4: 'timeBasedWrr128', 5: 'wrr256' };
/** Phases of the schemes in order; a scheme that is fixed has no table. */
const PHASES = [0, 32, 64, 128, 128, 256];

/** Phases of the longest scheme that `supported` (a bit for each) names: the table has room for it. */
function mostPhases(supported: number, schemes: number): number {
  let most = 0;
  for (let i = 0; i < schemes; i++) if ((supported & (1 << i)) !== 0) most = Math.max(most, PHASES[i] ?? 0);
  return most;
}

function resourceCount(peek: Peek): number {
  return (peek.u8(PCI_VC_PORT_CAP1) & PCI_VC_CAP1_EVCC) + 1;
}

/** Where a table stands: 16-byte units from the start of the capability; 0 says that there is none. */
function tableOffset(peek: Peek, at: number): number {
  return peek.u8(at) * 16;
}

function vcTableLength(peek: Peek): number {
  return (mostPhases(peek.u8(PCI_VC_PORT_CAP2), 4) * VC_PHASE_BITS) / 8;
}

/** A table in the bytes of the capability, as hexadecimal text. Absent where its offset is 0. */
function table(at: Place, length: Place): Piece<string | undefined> {
  const offset = (peek: Peek) => (typeof at === 'number' ? at : at(peek));
  return when(peek => offset(peek) !== 0, withinSpace(raw(at, length)));
}

/** The port arbitration table of resource `i`, whose phases have 1, 2, 4 or 8 bits. */
function portTable(i: number): Piece<string | undefined> {
  const resource = PCI_VC_RES_CAP + i * VC_RESOURCE_SIZE;
  const length = (peek: Peek) => (mostPhases(peek.u8(resource), 6) << ((peek.u8(0x05) >> 2) & 3)) / 8;
  const offset = (peek: Peek) => tableOffset(peek, resource + 3);
  return when(peek => i < resourceCount(peek), table(offset, length));
}

const ARBITRATIONS = {
  fixed: bit(0),
  wrr32: bit(1),
  wrr64: bit(2),
  wrr128: bit(3),
  timeBasedWrr128: bit(4),
  wrr256: bit(5),
};

const MAXIMUM_TIME_SLOTS = mapped(
  16,
  22,
  raw => raw + 1,
  slots => slots - 1,
);

const capability = reg32(0x00, {
  ...ARBITRATIONS,
  // Defined by PCIe 1.0, undefined since.
  advancedPacketSwitching: bit(14),
  rejectSnoopTransactions: bit(15),
  maximumTimeSlots: MAXIMUM_TIME_SLOTS,
  tableOffset: bits(24, 31),
});

const functionCapability = reg32(0x00, { ...ARBITRATIONS, maximumTimeSlots: MAXIMUM_TIME_SLOTS, tableOffset: bits(24, 31) });

const resourceRest = {
  control: reg32(0x04, {
    // Bit n: traffic class n uses this channel.
    trafficClasses: bits(0, 7),
    loadTable: bit(16),
    arbitration: choice(17, 19, PORT_ARBITRATION),
    id: bits(24, 26),
    enable: bit(31),
  }),
  reserved: reserved(0x08, 2),
  status: reg16(0x0a, { tablePending: bit(0), negotiationPending: bit(1) }),
};

const port = {
  capability1: reg32(PCI_VC_PORT_CAP1, {
    // Channels beside the first one.
    extendedChannels: bits(...span(PCI_VC_CAP1_EVCC)),
    lowPriorityExtendedChannels: bits(...span(PCI_VC_CAP1_LPEVCC)),
    // 0 is 100 ns.
    referenceClock: bits(8, 9),
    // Bits of one phase in the tables of the channels.
    tableEntryBits: mapped(
      10,
      11,
      raw => 1 << raw,
      size => [1, 2, 4, 8].indexOf(size),
    ),
  }),
  capability2: reg32(PCI_VC_PORT_CAP2, { fixed: bit(0), wrr32: bit(1), wrr64: bit(2), wrr128: bit(3), tableOffset: bits(24, 31) }),
  control: reg16(0x0c, { loadTable: bit(0), arbitration: choice(1, 3, VC_ARBITRATION) }),
  status: reg16(0x0e, { tablePending: bit(0) }),
};

const tables = {
  arbitrationTable: table(peek => tableOffset(peek, 0x0b), vcTableLength),
  // By number of the channel.
  portTables: group({
    0: portTable(0),
    1: portTable(1),
    2: portTable(2),
    3: portTable(3),
    4: portTable(4),
    5: portTable(5),
    6: portTable(6),
    7: portTable(7),
  }),
};

const registers = {
  ...port,
  resources: list(PCI_VC_RES_CAP, VC_RESOURCE_SIZE, resourceCount, group({ capability, ...resourceRest })),
  ...tables,
};

export const virtualChannel = extendedCapability({
  id: PCI_EXT_CAP_ID_VC,
  name: 'VC',
  title: 'Virtual Channel',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers,
});

/** The Virtual Channel capability of a function in a device whose function 0 has an MFVC. */
export const virtualChannelBesideMfvc = extendedCapability({
  id: PCI_EXT_CAP_ID_VC9,
  name: 'VC (MFVC)',
  title: 'Virtual Channel',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers,
});

/** Arbitrates between the functions of a device: its tables are function arbitration tables. */
export const multiFunctionVirtualChannel = extendedCapability({
  id: PCI_EXT_CAP_ID_MFVC,
  name: 'MFVC',
  title: 'Multi-Function Virtual Channel',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    ...port,
    resources: list(PCI_VC_RES_CAP, VC_RESOURCE_SIZE, resourceCount, group({ capability: functionCapability, ...resourceRest })),
    ...tables,
  },
});
