/** Standard Hot-Plug Controller, ID 0Ch: a window to the controller's working register set (SHPC 1.0 §4.8). */
import { u8, u32 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const hotPlug = standardCapability({
  id: 0x0c,
  registers: {
    // The dword of the register set that `data` shows.
    dwordSelect: u8(0x02),
    pending: u8(0x03),
    data: u32(0x04),
  },
});
