/** Advanced Error Reporting, ID 0001h (PCIe 6.0 §7.8.4). */
import { bit, bits, flag } from '../../bytes/bits.ts';
import { list, type Peek, reg32, reserved, u16, u32, when, whenSource } from '../../bytes/layout.ts';
import {
  PCI_ERR_CAP,
  PCI_ERR_CAP_ECRC_CHKE,
  PCI_ERR_CAP_ECRC_GENE,
  PCI_ERR_COR_STATUS,
  PCI_ERR_PREFIX_LOG,
  PCI_ERR_ROOT_COMMAND,
  PCI_ERR_UNCOR_STATUS,
  PCI_EXT_CAP_ID_ERR,
} from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { receivesErrors } from './express-type.ts';

/** The same bits in Uncorrectable Error Status, Mask and Severity. */
const UNCORRECTABLE = {
  // Link Training Error in PCIe 1.0, undefined since.
  undefinedBit: bit(0),
  dataLinkProtocol: bit(4),
  surpriseDown: bit(5),
  poisonedTlpReceived: bit(12),
  flowControlProtocol: bit(13),
  completionTimeout: bit(14),
  completerAbort: bit(15),
  unexpectedCompletion: bit(16),
  receiverOverflow: bit(17),
  malformedTlp: bit(18),
  ecrc: bit(19),
  unsupportedRequest: bit(20),
  acsViolation: bit(21),
  uncorrectableInternal: bit(22),
  multicastBlockedTlp: bit(23),
  atomicOpEgressBlocked: bit(24),
  tlpPrefixBlocked: bit(25),
  poisonedTlpEgressBlocked: bit(26),
  dmwrEgressBlocked: bit(27),
  ideCheckFailed: bit(28),
  misroutedIdeTlp: bit(29),
  pcrcCheckFailed: bit(30),
  tlpTranslationEgressBlocked: bit(31),
};

/** The same bits in Correctable Error Status and Mask. */
const CORRECTABLE = {
  receiver: bit(0),
  badTlp: bit(6),
  badDllp: bit(7),
  replayNumRollover: bit(8),
  replayTimerTimeout: bit(12),
  advisoryNonFatal: bit(13),
  correctedInternal: bit(14),
  headerLogOverflow: bit(15),
};

const HEADER_LOG_DWORDS = 4;
const PREFIX_LOG_DWORDS = 4;

/**
 * Dwords at 38h. TLP Prefix Log Present says four; a function with Flit Mode gives in Header Log Size how many its header log has,
 * and what does not fit in the four at 1Ch stands here (PCIe 6.0 §7.8.4.12).
 */
function prefixLogDwords(peek: Peek): number {
  const control = peek.u32(PCI_ERR_CAP);
  const present = (control & 0x800) !== 0 ? PREFIX_LOG_DWORDS : 0;
  return Math.max(present, ((control >>> 13) & 31) - HEADER_LOG_DWORDS);
}

const dword = u32(0);

export const aer = extendedCapability({
  id: PCI_EXT_CAP_ID_ERR,
  name: 'AER',
  title: 'Advanced Error Reporting',
  length: 0x48,
  privatePlaces: 'nothing',
  registers: {
    uncorrectableStatus: reg32(PCI_ERR_UNCOR_STATUS, UNCORRECTABLE),
    uncorrectableMask: reg32(0x08, UNCORRECTABLE),
    uncorrectableSeverity: reg32(0x0c, UNCORRECTABLE),
    correctableStatus: reg32(PCI_ERR_COR_STATUS, CORRECTABLE),
    correctableMask: reg32(0x14, CORRECTABLE),
    control: reg32(PCI_ERR_CAP, {
      firstErrorPointer: bits(0, 4),
      ecrcGenerationCapable: bit(5),
      ecrcGenerationEnable: flag(PCI_ERR_CAP_ECRC_GENE),
      ecrcCheckCapable: bit(7),
      ecrcCheckEnable: flag(PCI_ERR_CAP_ECRC_CHKE),
      multipleHeaderCapable: bit(9),
      multipleHeaderEnable: bit(10),
      tlpPrefixLogPresent: bit(11),
      completionTimeoutLogCapable: bit(12),
      // Dwords; 0 in a function without Flit Mode.
      headerLogSize: bits(13, 17),
      loggedTlpWasFlitMode: bit(18),
      // Dwords.
      loggedTlpSize: bits(19, 23),
    }),
    headerLog: list(0x1c, 4, () => HEADER_LOG_DWORDS, dword),
    rootErrorCommand: whenSource(
      receivesErrors,
      reg32(PCI_ERR_ROOT_COMMAND, { correctableEnable: bit(0), nonFatalEnable: bit(1), fatalEnable: bit(2) }),
    ),
    rootErrorStatus: whenSource(
      receivesErrors,
      reg32(0x30, {
        correctableReceived: bit(0),
        multipleCorrectableReceived: bit(1),
        uncorrectableReceived: bit(2),
        multipleUncorrectableReceived: bit(3),
        firstUncorrectableFatal: bit(4),
        nonFatalReceived: bit(5),
        fatalReceived: bit(6),
        correctableSubclass: bits(7, 8),
        interruptMessageNumber: bits(27, 31),
      }),
    ),
    // Requester IDs: bus [15:8], device [7:3], function [2:0].
    correctableSourceId: whenSource(receivesErrors, u16(0x34)),
    uncorrectableSourceId: whenSource(receivesErrors, u16(0x36)),
    // Where there is a prefix log, a function without root registers has a gap before it.
    rootReserved: when(
      peek => prefixLogDwords(peek) > 0,
      whenSource(source => !receivesErrors(source), reserved(PCI_ERR_ROOT_COMMAND, PCI_ERR_PREFIX_LOG - PCI_ERR_ROOT_COMMAND)),
    ),
    tlpPrefixLog: list(PCI_ERR_PREFIX_LOG, 4, prefixLogDwords, dword),
  },
});
