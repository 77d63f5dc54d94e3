/** AGP 8x of a bridge, ID 0Eh (PCI Code and ID Assignment §2). Its register is not decoded. */
import { u16 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_AGP3 } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const agp3 = standardCapability({
  id: PCI_CAP_ID_AGP3,
  name: 'AGP3',
  title: 'AGP 8x',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: { control: u16(0x02) },
});
