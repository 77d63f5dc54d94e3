/** What the VMM changes in power management: it powers the device on to reset it. */

import { PCI_CAP_ID_PM, PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK } from '../../spec/pci-regs.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';

export const powerReset: CapabilityRule = {
  stage: 'vmm',
  when: 'capability',
  kind: 'standard',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.power-reset',
  ids: [PCI_CAP_ID_PM],
  summary: 'the guest meets the device in D0',
  apply(work, capability) {
    // The VMM knows of one: the first of the list.
    if (work.find('standard', capability.id) !== capability) return;
    // 0 is D0 (PCI PM 1.2 §3.2.4).
    work.change(capability, PCI_PM_CTRL, 1, PCI_PM_CTRL_STATE_MASK, 0, REASONS['power.reset'], 'first-state');
  },
};
