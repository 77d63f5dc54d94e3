/** AGP 8x of a bridge, ID 0Eh (PCI Code and ID Assignment §2). Its register is not decoded. */
import { u16 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const agp3 = standardCapability({
  id: 0x0e,
  registers: { control: u16(0x02) },
});
