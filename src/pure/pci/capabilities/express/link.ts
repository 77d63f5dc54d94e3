/** Link registers of PCI Express, first and second set (PCIe 6.0 §7.5.3.6 to §7.5.3.8, §7.5.3.18 to §7.5.3.20). */
import { bit, bits, choice, span } from '../../../bytes/bits.ts';
import { reg16, reg32 } from '../../../bytes/layout.ts';
import {
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_MLW,
  PCI_EXP_LNKCAP_SLS_2_5GB,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
} from '../../../spec/pci-regs.ts';
import { L0S_LATENCIES, L1_LATENCIES } from './latencies.ts';

/** A code is also a bit number of Supported Link Speeds: its bit 0 is for 2.5 GT/s, which has code 1. */
export const LINK_SPEEDS = {
  [PCI_EXP_LNKCAP_SLS_2_5GB]: '2.5GT/s',
  2: '5GT/s',
  3: '8GT/s',
  4: '16GT/s',
  5: '32GT/s',
  6: '64GT/s',
  7: '128GT/s',
} as const;
export const linkSpeed = choice(0, 3, LINK_SPEEDS);

const aspm = choice(0, 1, { 0: 'none', 1: 'L0s', 2: 'L1', 3: 'L0s L1' });

export const linkCapabilities = reg32(PCI_EXP_LNKCAP, {
  maxSpeed: linkSpeed,
  // Lanes.
  maxWidth: bits(...span(PCI_EXP_LNKCAP_MLW)),
  aspmSupport: { ...aspm, low: 10 },
  l0sExitLatency: choice(12, 14, L0S_LATENCIES),
  l1ExitLatency: choice(15, 17, L1_LATENCIES),
  clockPowerManagement: bit(18),
  surpriseDownErrorReporting: bit(19),
  dataLinkLayerActiveReporting: bit(20),
  bandwidthNotification: bit(21),
  aspmOptionalityCompliance: bit(22),
  portNumber: bits(24, 31),
});

export const linkControl = reg16(PCI_EXP_LNKCTL, {
  aspm,
  ptmPropagationDelayAdaptation: bit(2),
  // Read Completion Boundary: 128 bytes where set, 64 where not.
  readCompletionBoundary128: bit(3),
  linkDisable: bit(4),
  retrainLink: bit(5),
  commonClock: bit(6),
  extendedSynch: bit(7),
  clockPowerManagement: bit(8),
  hardwareAutonomousWidthDisable: bit(9),
  bandwidthManagementInterrupt: bit(10),
  autonomousBandwidthInterrupt: bit(11),
  srisClocking: bit(12),
  flitModeDisable: bit(13),
  drsSignaling: bits(14, 15),
});

export const linkStatus = reg16(PCI_EXP_LNKSTA, {
  currentSpeed: linkSpeed,
  negotiatedWidth: bits(4, 9),
  // Only defined by PCIe 1.0a.
  trainingError: bit(10),
  linkTraining: bit(11),
  slotClock: bit(12),
  dataLinkLayerActive: bit(13),
  bandwidthManagement: bit(14),
  autonomousBandwidth: bit(15),
});

export const linkCapabilities2 = reg32(PCI_EXP_LNKCAP2, {
  // Bit n here is the speed with code n + 1.
  supportedSpeeds: bits(1, 7),
  crosslink: bit(8),
  lowerSkpGeneration: bits(9, 15),
  lowerSkpReception: bits(16, 22),
  retimerPresenceDetect: bit(23),
  twoRetimersPresenceDetect: bit(24),
  drs: bit(31),
});

export const linkControl2 = reg16(PCI_EXP_LNKCTL2, {
  targetSpeed: linkSpeed,
  enterCompliance: bit(4),
  hardwareAutonomousSpeedDisable: bit(5),
  // -3.5 dB where set, -6 dB where not.
  selectableDeemphasis: bit(6),
  transmitMargin: bits(7, 9),
  enterModifiedCompliance: bit(10),
  complianceSos: bit(11),
  compliancePreset: bits(12, 15),
});

export const linkStatus2 = reg16(0x32, {
  currentDeemphasis: bit(0),
  equalizationComplete: bit(1),
  equalizationPhase1: bit(2),
  equalizationPhase2: bit(3),
  equalizationPhase3: bit(4),
  equalizationRequest: bit(5),
  retimerPresent: bit(6),
  twoRetimersPresent: bit(7),
  crosslinkResolution: bits(8, 9),
  flitModeStatus: bit(10),
  downstreamComponentPresence: bits(12, 14),
  drsReceived: bit(15),
});
