/** What the VMM changes in power management: it resets the device, which it powers on for that. */
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';

/** Power State of Control and Status, 0 for D0 (PCI PM 1.2 §3.2.4). */
const CONTROL = 0x04;
const POWER_STATE = 0x03;

export const powerReset: CapabilityRule = {
  stage: 'vmm',
  when: 'capability',
  kind: 'standard',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.power-reset',
  ids: [0x01],
  summary: 'the guest meets the device in D0',
  apply(work, capability) {
    // The VMM knows of one: the first of the list.
    if (work.find('standard', capability.id) !== capability) return;
    work.change(capability, CONTROL, 1, POWER_STATE, 0, REASONS['power.reset']);
  },
};
