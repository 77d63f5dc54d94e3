/** CompactPCI Central Resource Control, ID 0Bh (PICMG 2.13). Its register is not decoded. */
import { u16 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const compactPciResourceControl = standardCapability({
  id: 0x0b,
  registers: { control: u16(0x02) },
});
