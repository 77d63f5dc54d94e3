/** What vfio-pci changes inside the capabilities that it virtualises (vfio_pci_config: permission tables of PM, MSI, PCI Express). */
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';

const PM_CAPABILITIES_PME_SUPPORT = 0xf800;
const PM_CONTROL_PME_ENABLE_AND_STATUS = 0x8100;
const PM_CONTROL_POWER_STATE = 0x03;
const MSI_ENABLE = 0x0001;
const MSIX_ENABLE_AND_MASK = 0xc000;
const DEVICE_CONTROL_FLR = 0x8000;

const standard = { stage: 'kernel', when: 'capability', kind: 'standard', holdsFor: 'Linux 7.3' } as const;

export const powerManagement: CapabilityRule = {
  ...standard,
  name: 'kernel.power-management',
  ids: [0x01],
  summary: 'PME_Support, PME_En and PME_Status read as 0: a guest cannot wake the host; an open device is in D0',
  apply(work, capability) {
    work.change(capability, 0x02, 2, PM_CAPABILITIES_PME_SUPPORT, 0, REASONS['kernel.pme-hidden']);
    work.change(capability, 0x04, 2, PM_CONTROL_PME_ENABLE_AND_STATUS, 0, REASONS['kernel.pme-hidden']);
    work.change(capability, 0x04, 1, PM_CONTROL_POWER_STATE, 0, REASONS['kernel.opened']);
  },
};

export const msi: CapabilityRule = {
  ...standard,
  name: 'kernel.msi',
  ids: [0x05],
  summary: 'MSI Enable reads as 0 until user space sets MSI up with VFIO_DEVICE_SET_IRQS',
  apply(work, capability) {
    work.change(capability, 0x02, 2, MSI_ENABLE, 0, REASONS['kernel.msi-disabled']);
  },
};

export const msix: CapabilityRule = {
  ...standard,
  name: 'kernel.msix',
  ids: [0x11],
  summary: "MSI-X Enable and Function Mask are off since the host's driver let go",
  apply(work, capability) {
    work.change(capability, 0x02, 2, MSIX_ENABLE_AND_MASK, 0, REASONS['kernel.opened']);
  },
};

export const express: CapabilityRule = {
  ...standard,
  name: 'kernel.express',
  ids: [0x10],
  summary: 'Initiate Function Level Reset reads as 0; a write of 1 makes the kernel reset the function',
  apply(work, capability) {
    work.change(capability, 0x08, 2, DEVICE_CONTROL_FLR, 0, REASONS['kernel.express-flr']);
  },
};
