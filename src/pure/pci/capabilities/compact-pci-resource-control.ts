/** CompactPCI Central Resource Control, ID 0Bh (PICMG 2.13). Its register is not decoded. */
import { u16 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_CCRC } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const compactPciResourceControl = standardCapability({
  id: PCI_CAP_ID_CCRC,
  name: 'CompactPCI CRC',
  title: 'CompactPCI Central Resource Control',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: { control: u16(0x02) },
});
