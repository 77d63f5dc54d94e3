/** What the VMM changes in PCI Express so that the function fits where it stands in the guest (PCIe 6.0 §7.5.3). */

import { formatHex } from '../../bytes/hex.ts';
import {
  PCI_CAP_ID_EXP,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_SLS_2_5GB,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_RC_END,
} from '../../spec/pci-regs.ts';
import { capabilityLength, standardSize } from '../capability-extent.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

/** Maximum Link Width x1 [9:4], Max Link Speed 2.5 GT/s. */
const LINK_X1_2_5GT = (1 << 4) | PCI_EXP_LNKCAP_SLS_2_5GB;

/** The functions that can be assigned; ports, bridges and event collectors cannot. */
function isAssignable(type: number): boolean {
  return type === PCI_EXP_TYPE_ENDPOINT || type === PCI_EXP_TYPE_LEG_END || type === PCI_EXP_TYPE_RC_END;
}

/** Registers that the capability is too short to hold stay as they are. */
function becomeIntegrated(work: Work, capability: WorkCapability, size: number): void {
  work.change(capability, PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_TYPE, PCI_EXP_TYPE_RC_END << 4, REASONS['express.integrated']);
  if (size <= PCI_EXP_LNKCTL) return;
  work.change(capability, PCI_EXP_LNKCAP, 8, 0xffffffff, 0, REASONS['express.integrated']);
  if (size <= PCI_EXP_LNKCAP2) return;
  // In a short capability they lie behind its own registers, where an unknown one may be; an added one may lie among them.
  const isShort = capabilityLength(work, 'standard', PCI_CAP_ID_EXP, capability.offset) <= PCI_EXP_LNKCAP2;
  if ((isShort && work.unknownAt.standard !== null) || work.isStandardTailOpen) work.forget(capability.offset + PCI_EXP_LNKCAP2, 8);
  else work.change(capability, PCI_EXP_LNKCAP2, 8, 0xffffffff, 0, REASONS['express.integrated']);
}

function becomeEndpoint(work: Work, capability: WorkCapability): void {
  work.change(capability, PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_TYPE, PCI_EXP_TYPE_ENDPOINT << 4, REASONS['express.endpoint']);
  work.change(capability, PCI_EXP_LNKCAP, 4, 0xffffffff, LINK_X1_2_5GT, REASONS['express.endpoint']);
  work.change(capability, PCI_EXP_LNKCTL, 2, 0xffff, 0, REASONS['express.endpoint']);
}

export const express: CapabilityRule = {
  stage: 'vmm',
  when: 'capability',
  kind: 'standard',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.express',
  ids: [PCI_CAP_ID_EXP],
  summary: 'the device type and the link follow from where the function stands in the guest',
  fails: { code: 'express.type-unsupported', text: 'the type of the PCI Express function is not known' },
  apply(work, capability) {
    const flags = work.bits(capability.offset + PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_TYPE | PCI_EXP_FLAGS_VERS);
    const type = (flags & PCI_EXP_FLAGS_TYPE) >> 4;
    const version = flags & PCI_EXP_FLAGS_VERS;
    const { placement } = work.options;
    if (!isAssignable(type)) {
      const at = `${formatHex(PCI_CAP_ID_EXP)}[${formatHex(standardSize(work, capability.offset))}]@${formatHex(capability.offset)}`;
      work.fail(
        'express.type-unsupported',
        `failed to add PCI capability ${at}: assignment of PCIe type ${formatHex(type)} devices is not currently supported`,
      );
      return;
    }
    if (placement === 'conventional-bridge') return work.hide(capability, REASONS['express.dropped.conventional-bus']);
    if (placement === 'root-complex' && type === PCI_EXP_TYPE_LEG_END)
      return work.hide(capability, REASONS['express.dropped.legacy-endpoint']);
    if (placement === 'root-complex' && type === PCI_EXP_TYPE_ENDPOINT)
      becomeIntegrated(work, capability, standardSize(work, capability.offset));
    if (placement === 'root-port' && type === PCI_EXP_TYPE_RC_END) becomeEndpoint(work, capability);
    if (version === 0) work.change(capability, PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_VERS, 1, REASONS['express.version']);
  },
};
