/** PCI-X, ID 07h: one layout for devices, one for bridges; version 1 and 2 add ECC registers (PCI-X 2.0 §7.2, §8.6). */
import { bit, bits, choice, flag, span } from '../../bytes/bits.ts';
import { type Peek, type Place, reg16, reg32, u32, when } from '../../bytes/layout.ts';
import { PCI_CAP_ID_PCIX, PCI_X_CMD, PCI_X_ECC_CSR, PCI_X_STATUS, PCI_X_STATUS_266MHZ, PCI_X_STATUS_533MHZ } from '../../spec/pci-regs.ts';
import { PCIX_VERSION } from '../../spec/pcie.ts';
import { standardCapability } from '../capability.ts';

/** The version stands at the same place in both forms: 0 without ECC registers, 1 with them for mode 2, 2 for both modes. */
const hasEcc = (peek: Peek) => (peek.u16(PCI_X_CMD) & PCIX_VERSION) !== 0;

const SPLIT_TRANSACTIONS = { 0: '1', 1: '2', 2: '3', 3: '4', 4: '8', 5: '12', 6: '16', 7: '32' } as const;
const READ_SIZES = { 0: '512', 1: '1024', 2: '2048', 3: '4096' } as const;

const eccControl = (at: Place) =>
  reg32(at, {
    selectSecondary: bit(0),
    errorInOtherBank: bit(1),
    additionalCorrectableError: bit(2),
    additionalUncorrectableError: bit(3),
    errorPhase: bits(4, 6),
    errorCorrected: bit(7),
    syndrome: bits(8, 15),
    errorFirstCommand: bits(16, 19),
    errorSecondCommand: bits(20, 23),
    errorUpperAttributes: bits(24, 27),
    disableSingleBitCorrection: bit(30),
    eccMode: bit(31),
  });

const address = { functionNumber: bits(0, 2), deviceNumber: bits(3, 7), busNumber: bits(8, 15) };
const ability = { width64: bit(16), capable133: bit(17), splitCompletionDiscarded: bit(18), unexpectedSplitCompletion: bit(19) };
const PCI_X = { id: PCI_CAP_ID_PCIX, name: 'PCI-X', length: 'to-next', privatePlaces: 'nothing' } as const;

/** The form of a Type 0 function. */
export const pcix = standardCapability({
  ...PCI_X,
  registers: {
    command: reg16(PCI_X_CMD, {
      dataParityErrorRecovery: bit(0),
      relaxedOrdering: bit(1),
      maxReadByteCount: choice(2, 3, READ_SIZES),
      maxSplitTransactions: choice(4, 6, SPLIT_TRANSACTIONS),
      version: bits(...span(PCIX_VERSION)),
    }),
    status: reg32(PCI_X_STATUS, {
      ...address,
      ...ability,
      complexDevice: bit(20),
      designedReadByteCount: choice(21, 22, READ_SIZES),
      designedSplitTransactions: choice(23, 25, SPLIT_TRANSACTIONS),
      // Kibibytes are 1 << n; the specification also counts it in units of 128 bytes, 8 << n.
      designedCumulativeReadSize: bits(26, 28),
      splitCompletionError: bit(29),
      capable266: flag(PCI_X_STATUS_266MHZ),
      capable533: flag(PCI_X_STATUS_533MHZ),
    }),
    eccControl: when(hasEcc, eccControl(PCI_X_ECC_CSR)),
    eccFirstAddress: when(hasEcc, u32(0x0c)),
    eccSecondAddress: when(hasEcc, u32(0x10)),
    eccAttribute: when(hasEcc, u32(0x14)),
  },
});

const splitControl = (at: Place) => reg32(at, { capacity: bits(0, 15), commitmentLimit: bits(16, 31) });

/** The form of a Type 1 function. */
export const pcixBridge = standardCapability({
  ...PCI_X,
  registers: {
    secondaryStatus: reg16(PCI_X_CMD, {
      width64: bit(0),
      capable133: bit(1),
      splitCompletionDiscarded: bit(2),
      unexpectedSplitCompletion: bit(3),
      splitCompletionOverrun: bit(4),
      splitRequestDelayed: bit(5),
      // Mode and frequency: 0 conventional, 1 to 3: 66, 100, 133 MHz; 5 to 7 with ECC; 9 to 11 PCI-X 266; 13 to 15 PCI-X 533.
      frequency: bits(6, 9),
      version: bits(...span(PCIX_VERSION)),
      capable266: bit(14),
      capable533: bit(15),
    }),
    status: reg32(PCI_X_STATUS, {
      ...address,
      ...ability,
      splitCompletionOverrun: bit(20),
      splitRequestDelayed: bit(21),
      deviceIdMessaging: bit(29),
      capable266: flag(PCI_X_STATUS_266MHZ),
      capable533: flag(PCI_X_STATUS_533MHZ),
    }),
    upstreamSplits: splitControl(0x08),
    downstreamSplits: splitControl(0x0c),
    eccControl: when(hasEcc, eccControl(0x10)),
    eccFirstAddress: when(hasEcc, u32(0x14)),
    eccSecondAddress: when(hasEcc, u32(0x18)),
    eccAttribute: when(hasEcc, u32(0x1c)),
  },
});
