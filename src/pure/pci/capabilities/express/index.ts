/** PCI Express, ID 10h, versions 1 and 2 and every device/port type (PCIe 6.0 §7.5.3). */
import { bit, bits, choice } from '../../../bytes/bits.ts';
import { type Peek, reg16, reserved, when } from '../../../bytes/layout.ts';
import { standardCapability } from '../../capability.ts';
import { deviceCapabilities, deviceCapabilities2, deviceControl, deviceControl2, deviceStatus, deviceStatus2 } from './device.ts';
import { linkCapabilities, linkCapabilities2, linkControl, linkControl2, linkStatus, linkStatus2 } from './link.ts';
import { CAPABILITIES, expressSize, hasLink, hasLink2, hasRoot, hasSlot, hasSlot2, isVersion2 } from './presence.ts';
import { rootCapabilities, rootControl, rootStatus } from './root.ts';
import { slotCapabilities, slotCapabilities2, slotControl, slotControl2, slotStatus, slotStatus2 } from './slot.ts';

export const DEVICE_TYPES = {
  0: 'endpoint',
  1: 'legacy-endpoint',
  4: 'root-port',
  5: 'upstream-port',
  6: 'downstream-port',
  7: 'express-to-pci-bridge',
  8: 'pci-to-express-bridge',
  9: 'integrated-endpoint',
  10: 'event-collector',
} as const;

/** The eight bytes of registers that a function does not have, where others stand behind them. */
const gap = (at: number, has: (peek: Peek) => boolean) => when(peek => !has(peek) && expressSize(peek) > at, reserved(at, 8));

export const pciExpress = standardCapability({
  id: 0x10,
  registers: {
    capabilities: reg16(CAPABILITIES, {
      version: bits(0, 3),
      deviceType: choice(4, 7, DEVICE_TYPES),
      slotImplemented: bit(8),
      interruptMessageNumber: bits(9, 13),
      flitModeSupported: bit(15),
    }),
    deviceCapabilities,
    deviceControl,
    deviceStatus,
    linkCapabilities: when(hasLink, linkCapabilities),
    linkControl: when(hasLink, linkControl),
    linkStatus: when(hasLink, linkStatus),
    noLink: gap(0x0c, hasLink),
    slotCapabilities: when(hasSlot, slotCapabilities),
    slotControl: when(hasSlot, slotControl),
    slotStatus: when(hasSlot, slotStatus),
    noSlot: gap(0x14, hasSlot),
    rootControl: when(hasRoot, rootControl),
    rootCapabilities: when(hasRoot, rootCapabilities),
    rootStatus: when(hasRoot, rootStatus),
    noRoot: gap(0x1c, hasRoot),
    deviceCapabilities2: when(isVersion2, deviceCapabilities2),
    deviceControl2: when(isVersion2, deviceControl2),
    deviceStatus2: when(isVersion2, deviceStatus2),
    linkCapabilities2: when(hasLink2, linkCapabilities2),
    linkControl2: when(hasLink2, linkControl2),
    linkStatus2: when(hasLink2, linkStatus2),
    slotCapabilities2: when(hasSlot2, slotCapabilities2),
    slotControl2: when(hasSlot2, slotControl2),
    slotStatus2: when(hasSlot2, slotStatus2),
  },
});
