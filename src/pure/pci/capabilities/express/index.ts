/** PCI Express, ID 10h, versions 1 and 2 and every device/port type (PCIe 6.0 §7.5.3). */
import { bit, bits, choice, flag, span } from '../../../bytes/bits.ts';
import { type Peek, reg16, reserved, when } from '../../../bytes/layout.ts';
import {
  PCI_CAP_ID_EXP,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_LNKCAP,
  PCI_EXP_RTCTL,
  PCI_EXP_SLTCAP,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../../../spec/pci-regs.ts';
import { standardCapability } from '../../capability.ts';
import { deviceCapabilities, deviceCapabilities2, deviceControl, deviceControl2, deviceStatus, deviceStatus2 } from './device.ts';
import { linkCapabilities, linkCapabilities2, linkControl, linkControl2, linkStatus, linkStatus2 } from './link.ts';
import { expressClaim, expressLength, expressSize, hasLink, hasLink2, hasRoot, hasSlot, hasSlot2, isVersion2 } from './presence.ts';
import { rootCapabilities, rootControl, rootStatus } from './root.ts';
import { slotCapabilities, slotCapabilities2, slotControl, slotControl2, slotStatus, slotStatus2 } from './slot.ts';

export const DEVICE_TYPES = {
  [PCI_EXP_TYPE_ENDPOINT]: 'endpoint',
  [PCI_EXP_TYPE_LEG_END]: 'legacy-endpoint',
  [PCI_EXP_TYPE_ROOT_PORT]: 'root-port',
  [PCI_EXP_TYPE_UPSTREAM]: 'upstream-port',
  [PCI_EXP_TYPE_DOWNSTREAM]: 'downstream-port',
  [PCI_EXP_TYPE_PCI_BRIDGE]: 'express-to-pci-bridge',
  [PCI_EXP_TYPE_PCIE_BRIDGE]: 'pci-to-express-bridge',
  [PCI_EXP_TYPE_RC_END]: 'integrated-endpoint',
  [PCI_EXP_TYPE_RC_EC]: 'event-collector',
} as const;

/** The eight bytes of registers that a function does not have, where others stand behind them. */
const gap = (at: number, has: (peek: Peek) => boolean) => when(peek => !has(peek) && expressSize(peek) > at, reserved(at, 8));

export const pciExpress = standardCapability({
  id: PCI_CAP_ID_EXP,
  name: 'PCI Express',
  length: expressLength,
  claim: expressClaim,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg16(PCI_EXP_FLAGS, {
      version: bits(...span(PCI_EXP_FLAGS_VERS)),
      deviceType: choice(...span(PCI_EXP_FLAGS_TYPE), DEVICE_TYPES),
      slotImplemented: flag(PCI_EXP_FLAGS_SLOT),
      interruptMessageNumber: bits(9, 13),
      flitModeSupported: bit(15),
    }),
    deviceCapabilities,
    deviceControl,
    deviceStatus,
    linkCapabilities: when(hasLink, linkCapabilities),
    linkControl: when(hasLink, linkControl),
    linkStatus: when(hasLink, linkStatus),
    noLink: gap(PCI_EXP_LNKCAP, hasLink),
    slotCapabilities: when(hasSlot, slotCapabilities),
    slotControl: when(hasSlot, slotControl),
    slotStatus: when(hasSlot, slotStatus),
    noSlot: gap(PCI_EXP_SLTCAP, hasSlot),
    rootControl: when(hasRoot, rootControl),
    rootCapabilities: when(hasRoot, rootCapabilities),
    rootStatus: when(hasRoot, rootStatus),
    noRoot: gap(PCI_EXP_RTCTL, hasRoot),
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
