/** What vfio-pci changes inside the capabilities that it virtualises (vfio_pci_config: permission tables of PM, MSI, PCI Express). */

import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_PM_CAP_PME_MASK,
  PCI_PM_CTRL,
  PCI_PM_CTRL_PME_ENABLE,
  PCI_PM_CTRL_PME_STATUS,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
} from '../../spec/pci-regs.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';

const PME_ENABLE_AND_STATUS = PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS;
const MSIX_ENABLE_AND_MASK = PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL;

const standard = { stage: 'kernel', when: 'capability', kind: 'standard', holdsFor: 'Linux 7.3' } as const;

export const powerManagement: CapabilityRule = {
  ...standard,
  name: 'kernel.power-management',
  ids: [PCI_CAP_ID_PM],
  summary: 'PME_Support, PME_En and PME_Status read as 0: a guest cannot wake the host; an open device is in D0',
  apply(work, capability) {
    work.change(capability, PCI_PM_PMC, 2, PCI_PM_CAP_PME_MASK, 0, REASONS['kernel.pme-hidden']);
    work.change(capability, PCI_PM_CTRL, 2, PME_ENABLE_AND_STATUS, 0, REASONS['kernel.pme-hidden']);
    work.change(capability, PCI_PM_CTRL, 1, PCI_PM_CTRL_STATE_MASK, 0, REASONS['kernel.opened'], 'first-state');
  },
};

export const msi: CapabilityRule = {
  ...standard,
  name: 'kernel.msi',
  ids: [PCI_CAP_ID_MSI],
  summary: 'MSI Enable reads as 0 until user space sets MSI up with VFIO_DEVICE_SET_IRQS',
  apply(work, capability) {
    work.change(capability, PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE, 0, REASONS['kernel.msi-disabled']);
  },
};

export const msix: CapabilityRule = {
  ...standard,
  name: 'kernel.msix',
  ids: [PCI_CAP_ID_MSIX],
  summary: "MSI-X Enable and Function Mask are off since the host's driver let go",
  apply(work, capability) {
    work.change(capability, PCI_MSIX_FLAGS, 2, MSIX_ENABLE_AND_MASK, 0, REASONS['kernel.opened'], 'first-state');
  },
};

export const express: CapabilityRule = {
  ...standard,
  name: 'kernel.express',
  ids: [PCI_CAP_ID_EXP],
  summary: 'Initiate Function Level Reset reads as 0; a write of 1 makes the kernel reset the function',
  apply(work, capability) {
    work.change(capability, PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR, 0, REASONS['kernel.express-flr']);
  },
};
