/** Which capabilities vfio-pci knows; all others it takes out of the lists (vfio_pci_config: its two length tables). */

import {
  PCI_CAP_ID_AF,
  PCI_CAP_ID_AGP,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_HT,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PCIX,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_SATA,
  PCI_CAP_ID_VNDR,
  PCI_CAP_ID_VPD,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_DPA,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_DVSEC,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_LTR,
  PCI_EXT_CAP_ID_MCAST,
  PCI_EXT_CAP_ID_MFVC,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_PWR,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_TPH,
  PCI_EXT_CAP_ID_VC,
  PCI_EXT_CAP_ID_VC9,
  PCI_EXT_CAP_ID_VNDR,
} from '../../spec/pci-regs.ts';
import { REASONS } from '../reasons.ts';
import { relinkBoth } from '../relink.ts';
import type { CapabilityRule, DeviceRule } from '../rule.ts';

/** 1 for each of the IDs: a table is looked up faster than a set. */
function idTable(ids: readonly number[]): Uint8Array {
  const table = new Uint8Array(0x100);
  for (const id of ids) table[id] = 1;
  return table;
}

/** Standard capabilities that stay. */
const STANDARD = idTable([
  PCI_CAP_ID_PM,
  PCI_CAP_ID_AGP,
  PCI_CAP_ID_VPD,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_PCIX,
  PCI_CAP_ID_HT,
  PCI_CAP_ID_VNDR,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_SATA,
  PCI_CAP_ID_AF,
]);

/** Extended capabilities that stay. */
const EXTENDED = idTable([
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_VC,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_PWR,
  PCI_EXT_CAP_ID_MFVC,
  PCI_EXT_CAP_ID_VC9,
  PCI_EXT_CAP_ID_VNDR,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_MCAST,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_DPA,
  PCI_EXT_CAP_ID_TPH,
  PCI_EXT_CAP_ID_LTR,
  PCI_EXT_CAP_ID_DVSEC,
]);

const facts = { stage: 'kernel', holdsFor: 'Linux 7.3' } as const;

export const unlinkStandard: CapabilityRule = {
  ...facts,
  name: 'kernel.unlink-standard',
  when: 'capability',
  kind: 'standard',
  ids: null,
  summary: 'a standard capability that vfio-pci does not virtualise is unlinked',
  apply(work, capability) {
    if (STANDARD[capability.id] !== 1) work.hide(capability, REASONS['kernel.capability-unlinked']);
  },
};

export const unlinkExtended: CapabilityRule = {
  ...facts,
  name: 'kernel.unlink-extended',
  when: 'capability',
  kind: 'extended',
  ids: null,
  summary: 'an extended capability that vfio-pci does not virtualise is unlinked',
  apply(work, capability) {
    // vfio-pci gives extended space only to a function with a PCI Express or PCI-X capability.
    if (
      EXTENDED[capability.id] === 1 ||
      (work.find('standard', PCI_CAP_ID_EXP) === null && work.find('standard', PCI_CAP_ID_PCIX) === null)
    )
      return;
    work.hide(capability, REASONS['kernel.capability-unlinked']);
  },
};

const LAW = { clearsStatus: true, repairs: false, mergesAbutting: true };

export const relink: DeviceRule = {
  ...facts,
  name: 'kernel.relink',
  when: 'after',
  summary: 'both lists lead past what is unlinked; a hidden head of the extended list stays as an empty header',
  apply(work) {
    relinkBoth(work, LAW);
  },
};
