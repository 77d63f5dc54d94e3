/** Device registers of PCI Express, first and second set (PCIe 6.0 §7.5.3.3 to §7.5.3.5, §7.5.3.15 to §7.5.3.17). */
import { bit, bits, choice, flag } from '../../../bytes/bits.ts';
import { reg16, reg32, u16 } from '../../../bytes/layout.ts';
import {
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCAP2_ATOMIC_COMP32,
  PCI_EXP_DEVCAP2_ATOMIC_COMP64,
  PCI_EXP_DEVCAP2_ATOMIC_COMP128,
  PCI_EXP_DEVCAP2_ATOMIC_ROUTE,
  PCI_EXP_DEVCAP2_EE_PREFIX,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK,
  PCI_EXP_DEVCTL2_ATOMIC_REQ,
  PCI_EXP_DEVSTA,
} from '../../../spec/pci-regs.ts';
import { powerOfTwo } from '../power-of-two.ts';
import { L0S_LATENCIES, L1_LATENCIES } from './latencies.ts';

const DETECTED = { correctableError: bit(0), nonFatalError: bit(1), fatalError: bit(2), unsupportedRequest: bit(3) } as const;

export const deviceCapabilities = reg32(PCI_EXP_DEVCAP, {
  // Bytes.
  maxPayloadSupported: powerOfTwo(0, 2, 128),
  // Bits of the function number that serve as phantom functions.
  phantomFunctions: bits(3, 4),
  extendedTag: bit(5),
  acceptableL0sLatency: choice(6, 8, L0S_LATENCIES),
  acceptableL1Latency: choice(9, 11, L1_LATENCIES),
  attentionButton: bit(12),
  attentionIndicator: bit(13),
  powerIndicator: bit(14),
  roleBasedErrorReporting: bit(15),
  errCorSubclass: bit(16),
  rxMaxPayloadFixed: bit(17),
  // Watts are the value times 10 to the power of minus scale; from F0h at scale 0 the value is a code.
  slotPowerLimitValue: bits(18, 25),
  slotPowerLimitScale: bits(26, 27),
  functionLevelReset: flag(PCI_EXP_DEVCAP_FLR),
  mixedMaxPayload: bit(29),
  teeIo: bit(30),
});

export const deviceControl = reg16(PCI_EXP_DEVCTL, {
  correctableErrorReporting: bit(0),
  nonFatalErrorReporting: bit(1),
  fatalErrorReporting: bit(2),
  unsupportedRequestReporting: bit(3),
  relaxedOrdering: bit(4),
  maxPayload: powerOfTwo(5, 7, 128),
  extendedTag: bit(8),
  phantomFunctions: bit(9),
  auxPower: bit(10),
  noSnoop: bit(11),
  maxReadRequest: powerOfTwo(12, 14, 128),
  // In a bridge to PCI the same bit enables Bridge Configuration Retry.
  initiateFunctionLevelReset: flag(PCI_EXP_DEVCTL_BCR_FLR),
});

export const deviceStatus = reg16(PCI_EXP_DEVSTA, {
  ...DETECTED,
  auxPower: bit(4),
  transactionsPending: bit(5),
  emergencyPowerReduction: bit(6),
});

export const deviceCapabilities2 = reg32(PCI_EXP_DEVCAP2, {
  // Bits for the ranges A, B, C and D.
  completionTimeoutRanges: bits(0, 3),
  completionTimeoutDisable: bit(4),
  ariForwarding: bit(5),
  atomicOpRouting: flag(PCI_EXP_DEVCAP2_ATOMIC_ROUTE),
  atomicOp32: flag(PCI_EXP_DEVCAP2_ATOMIC_COMP32),
  atomicOp64: flag(PCI_EXP_DEVCAP2_ATOMIC_COMP64),
  cas128: flag(PCI_EXP_DEVCAP2_ATOMIC_COMP128),
  noRoEnabledPrPrPassing: bit(10),
  ltr: bit(11),
  tphCompleter: choice(12, 13, { 0: 'none', 1: 'tph', 2: 'reserved', 3: 'tph-and-extended' }),
  // Lightweight Notification was taken out of the specification with PCIe 6.0.
  lnSystemCacheLine: choice(14, 15, { 0: 'none', 1: '64', 2: '128', 3: 'reserved' }),
  tag10Completer: bit(16),
  tag10Requester: bit(17),
  obff: choice(18, 19, { 0: 'none', 1: 'message', 2: 'wake', 3: 'message-and-wake' }),
  extendedFormat: bit(20),
  endEndTlpPrefix: flag(PCI_EXP_DEVCAP2_EE_PREFIX),
  // 00b means 4.
  maxEndEndTlpPrefixes: bits(22, 23),
  emergencyPowerReduction: choice(24, 25, { 0: 'none', 1: 'device-specific', 2: 'form-factor-or-device-specific', 3: 'reserved' }),
  emergencyPowerReductionInitialization: bit(26),
  dmwrCompleter: bit(28),
  // 0: up to 64 bytes, 1: up to 128 bytes.
  dmwrLengths: bits(29, 30),
  frs: bit(31),
});

export const COMPLETION_TIMEOUTS = {
  0: '50us to 50ms',
  1: '50us to 100us',
  2: '1ms to 10ms',
  5: '16ms to 55ms',
  6: '65ms to 210ms',
  9: '260ms to 900ms',
  10: '1s to 3.5s',
  13: '4s to 13s',
  14: '17s to 64s',
} as const;

export const deviceControl2 = reg16(PCI_EXP_DEVCTL2, {
  completionTimeout: choice(0, 3, COMPLETION_TIMEOUTS),
  completionTimeoutDisable: bit(4),
  ariForwarding: bit(5),
  atomicOpRequester: flag(PCI_EXP_DEVCTL2_ATOMIC_REQ),
  atomicOpEgressBlocking: flag(PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK),
  idoRequest: bit(8),
  idoCompletion: bit(9),
  ltr: bit(10),
  emergencyPowerReductionRequest: bit(11),
  tag10Requester: bit(12),
  obff: choice(13, 14, { 0: 'disabled', 1: 'message-a', 2: 'message-b', 3: 'wake' }),
  endEndTlpPrefixBlocking: bit(15),
});

/** Without a defined bit so far. */
export const deviceStatus2 = u16(0x2a);
