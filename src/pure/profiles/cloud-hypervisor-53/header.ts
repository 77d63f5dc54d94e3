/** What Cloud Hypervisor changes in the header: each function becomes a device of its own, and the guest sets the ROM's address. */
import { REASONS } from '../../rules/reasons.ts';
import type { DeviceRule } from '../../rules/rule.ts';
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_MFD, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS_ENABLE } from '../../spec/pci-regs.ts';

const facts = { stage: 'vmm', when: 'before', holdsFor: 'Cloud Hypervisor 53' } as const;

export const singleFunction: DeviceRule = {
  ...facts,
  name: 'vmm.single-function',
  summary: 'the multi-function bit reads 0',
  apply(work) {
    work.patch(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MFD, 0, REASONS['header.single-function']);
  },
};

export const romAddress: DeviceRule = {
  ...facts,
  name: 'vmm.rom-address',
  holdsFor: 'Cloud Hypervisor 53; whether it is enabled: by its source',
  summary: "the address of the expansion ROM is the guest's; whether it is enabled is read from the device",
  apply(work) {
    work.patch(PCI_ROM_ADDRESS, 4, ~PCI_ROM_ADDRESS_ENABLE, 0, REASONS['rom.emulated']);
  },
};
