/** VF Resizable BAR, ID 0024h (PCIe 6.0 §7.8.7): the BARs of the virtual functions of a physical function. */
import { list } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_VF_REBAR, PCI_REBAR_CAP } from '../../spec/pci-regs.ts';
import { REBAR_ENTRY_SIZE } from '../../spec/pcie.ts';
import { extendedCapability } from '../capability.ts';
import { entryCount, RESIZABLE_BAR_ENTRY, resizableBarLength } from './resizable-bar.ts';

export const vfResizableBar = extendedCapability({
  id: PCI_EXT_CAP_ID_VF_REBAR,
  name: 'VF ReBAR',
  title: 'VF Resizable BAR',
  length: resizableBarLength,
  privatePlaces: 'nothing',
  registers: {
    bars: list(PCI_REBAR_CAP, REBAR_ENTRY_SIZE, entryCount, RESIZABLE_BAR_ENTRY),
  },
});
