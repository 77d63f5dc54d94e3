/** Slot registers of PCI Express, first and second set (PCIe 6.0 §7.5.3.9 to §7.5.3.11, §7.5.3.21 to §7.5.3.23). */
import { bit, bits, choice } from '../../../bytes/bits.ts';
import { reg16, reg32, u16 } from '../../../bytes/layout.ts';
import { PCI_EXP_SLTCAP } from '../../../spec/pci-regs.ts';

const INDICATORS = { 0: 'reserved', 1: 'on', 2: 'blinking', 3: 'off' } as const;

export const slotCapabilities = reg32(PCI_EXP_SLTCAP, {
  attentionButton: bit(0),
  powerController: bit(1),
  mrlSensor: bit(2),
  attentionIndicator: bit(3),
  powerIndicator: bit(4),
  hotPlugSurprise: bit(5),
  hotPlugCapable: bit(6),
  // Coded as in Device Capabilities.
  slotPowerLimitValue: bits(7, 14),
  slotPowerLimitScale: bits(15, 16),
  electromechanicalInterlock: bit(17),
  noCommandCompleted: bit(18),
  physicalSlotNumber: bits(19, 31),
});

export const slotControl = reg16(0x18, {
  attentionButtonPressed: bit(0),
  powerFault: bit(1),
  mrlSensorChanged: bit(2),
  presenceDetectChanged: bit(3),
  commandCompletedInterrupt: bit(4),
  hotPlugInterrupt: bit(5),
  attentionIndicator: choice(6, 7, INDICATORS),
  powerIndicator: choice(8, 9, INDICATORS),
  // Set: power off.
  powerController: bit(10),
  electromechanicalInterlock: bit(11),
  dataLinkLayerStateChanged: bit(12),
  autoSlotPowerLimitDisable: bit(13),
  inBandPresenceDetectDisable: bit(14),
});

export const slotStatus = reg16(0x1a, {
  attentionButtonPressed: bit(0),
  powerFault: bit(1),
  mrlSensorChanged: bit(2),
  presenceDetectChanged: bit(3),
  commandCompleted: bit(4),
  mrlSensorOpen: bit(5),
  presenceDetect: bit(6),
  electromechanicalInterlock: bit(7),
  dataLinkLayerStateChanged: bit(8),
});

export const slotCapabilities2 = reg32(0x34, { inBandPresenceDetectDisable: bit(0) });
/** Without a defined bit so far. */
export const slotControl2 = u16(0x38);
export const slotStatus2 = u16(0x3a);
