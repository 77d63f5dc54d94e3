/** Standard Hot-Plug Controller, ID 0Ch: a window to the controller's working register set (SHPC 1.0 §4.8). */
import { u8, u32 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_SHPC } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const hotPlug = standardCapability({
  id: PCI_CAP_ID_SHPC,
  name: 'SHPC',
  title: 'Standard Hot-Plug Controller',
  length: 8,
  privatePlaces: 'nothing',
  registers: {
    // The dword of the register set that `data` shows.
    dwordSelect: u8(0x02),
    pending: u8(0x03),
    data: u32(0x04),
  },
});
