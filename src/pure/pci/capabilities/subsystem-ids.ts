/** Subsystem IDs of a bridge, ID 0Dh (PCI-to-PCI Bridge 1.2 §13.2). */
import { reserved, u16 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_SSVID, PCI_SSVID_DEVICE_ID, PCI_SSVID_VENDOR_ID } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const subsystemIds = standardCapability({
  id: PCI_CAP_ID_SSVID,
  name: 'SSVID',
  title: 'Subsystem ID and Subsystem Vendor ID',
  length: 8,
  privatePlaces: 'nothing',
  registers: {
    reserved: reserved(0x02, 2),
    subsystemVendorId: u16(PCI_SSVID_VENDOR_ID),
    subsystemId: u16(PCI_SSVID_DEVICE_ID),
  },
});
