/** Capabilities whose registers no public document gives: they have a name and a place in the chain (PCI Code and ID Assignment §3). */

import { PCI_EXT_CAP_ID_AMD_XXX, PCI_EXT_CAP_ID_CAC, PCI_EXT_CAP_ID_MRIOV } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** Withdrawn before PCIe 3.0. */
export const configurationAccessCorrelation = extendedCapability({
  id: PCI_EXT_CAP_ID_CAC,
  name: 'CAC',
  title: 'Configuration Access Correlation',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {},
});

/** Registers are those of the Multi-Root I/O Virtualization specification, open to members of PCI-SIG only. */
export const multiRootIov = extendedCapability({
  id: PCI_EXT_CAP_ID_MRIOV,
  name: 'MR-IOV',
  title: 'Multi-Root I/O Virtualization',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {},
});

export const reservedForAmd = extendedCapability({
  id: PCI_EXT_CAP_ID_AMD_XXX,
  name: 'AMD',
  title: 'Reserved for AMD',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {},
});
