/** What the VMM changes in the extended list: SR-IOV, ARI and ReBAR, and all of it on a conventional bus. */

import {
  PCI_CFG_SPACE_SIZE,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_REBAR_CAP,
  PCI_REBAR_CTRL,
  PCI_REBAR_CTRL_BAR_IDX,
  PCI_REBAR_CTRL_BAR_SHIFT,
  PCI_REBAR_CTRL_BAR_SIZE,
  PCI_REBAR_CTRL_NBAR_MASK,
  PCI_REBAR_CTRL_NBAR_SHIFT,
} from '../../spec/pci-regs.ts';
import { REBAR_ENTRY_SIZE } from '../../spec/pcie.ts';
import { REASONS, type Reason } from '../reasons.ts';
import type { CapabilityRule, DeviceRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

const extended = { stage: 'vmm', when: 'capability', kind: 'extended', holdsFor: 'QEMU 10.0, 11.1' } as const;

/** Where the kernel unlinks the head at 100h, it leaves a header with ID 0. */
export const emptyHeader: CapabilityRule = {
  ...extended,
  name: 'vmm.empty-header',
  ids: [0x00],
  summary: 'an empty header is no capability; at 100h it stays as the start of the list',
  apply(work, capability) {
    work.hide(capability, REASONS['chain.placeholder']);
  },
};

export const sriov: CapabilityRule = {
  ...extended,
  name: 'vmm.sriov',
  ids: [PCI_EXT_CAP_ID_SRIOV],
  summary: 'SR-IOV is hidden',
  apply(work, capability) {
    work.hide(capability, REASONS['sriov.hidden']);
  },
};

export const ari: CapabilityRule = {
  ...extended,
  name: 'vmm.ari',
  ids: [PCI_EXT_CAP_ID_ARI],
  summary: 'ARI is hidden: it would need the next function number to be virtualised',
  apply(work, capability) {
    work.hide(capability, REASONS['ari.hidden']);
  },
};

/** Sizes that a ReBAR capability register can name in bits [31:4]: 1 MB (0) to 128 TB (27); PCIe 6.0 §7.8.6.2. */
const LARGEST_SIZE = 27;
const REBAR_CONTROL_KEPT = PCI_REBAR_CTRL_BAR_IDX | PCI_REBAR_CTRL_NBAR_MASK | PCI_REBAR_CTRL_BAR_SIZE;

/** Gives a BAR its current size as the only one; false where the size is beyond what the register can name. */
function limit(work: Work, capability: WorkCapability, register: number): boolean {
  const control = work.bits(capability.offset + register + 4, 4, REBAR_CONTROL_KEPT);
  const size = (control & PCI_REBAR_CTRL_BAR_SIZE) >>> PCI_REBAR_CTRL_BAR_SHIFT;
  if (size > LARGEST_SIZE) return false;
  work.change(capability, register, 4, 0xffffffff, (1 << (size + 4)) >>> 0, REASONS['rebar.limited']);
  work.change(capability, register + 4, 4, 0xffffffff, control, REASONS['rebar.limited']);
  return true;
}

export const rebar: CapabilityRule = {
  ...extended,
  name: 'vmm.rebar',
  ids: [PCI_EXT_CAP_ID_REBAR],
  summary: "Resizable BAR offers each BAR's current size alone, so that the guest does not resize what the host has mapped",
  apply(work, capability) {
    const count = work.bits(capability.offset + PCI_REBAR_CTRL, 4, PCI_REBAR_CTRL_NBAR_MASK) >>> PCI_REBAR_CTRL_NBAR_SHIFT;
    for (let index = 0; index < count; index++) {
      if (!limit(work, capability, PCI_REBAR_CAP + REBAR_ENTRY_SIZE * index)) return work.hide(capability, REASONS['rebar.hidden']);
    }
  },
};

function endAtConventional(work: Work, reason: Reason): void {
  for (const capability of work.capabilities) {
    if (capability.kind === 'extended' && capability.status !== 'hidden') work.hide(capability, reason);
  }
  work.size = Math.min(work.size, PCI_CFG_SPACE_SIZE);
  work.tails.extended = 0;
}

/** A conventional bus carries eight bits of register number (PCI 3.0 §3.2.2.3.1): nothing beyond FFh can be addressed. */
export const conventionalBus: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.conventional-bus',
  summary: 'on a conventional bus the guest has no extended config space',
  apply(work) {
    if (work.isOnConventionalBus) endAtConventional(work, REASONS['extended.dropped.conventional-bus']);
  },
};

/** QEMU's i440fx takes Express ports, and has configuration mechanism #1 alone, which knows 256 bytes of each function. */
export const unreachableExtended: DeviceRule = {
  stage: 'vmm',
  when: 'after',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.unreachable-extended',
  summary: 'below a port of a machine without PCI Express the VMM treats the device as on any port, and the guest reads 256 bytes of it',
  apply(work) {
    if (!work.isOnConventionalBus && work.endsEarly) endAtConventional(work, REASONS['extended.unreachable']);
  },
};
