/** Which capabilities vfio-pci knows; all others it takes out of the lists (vfio_pci_config: its two length tables). */
import { REASONS } from '../reasons.ts';
import { relinkBoth } from '../relink.ts';
import type { CapabilityRule, DeviceRule } from '../rule.ts';

/** 1 for each of the IDs: a table is looked up faster than a set. */
function idTable(ids: readonly number[]): Uint8Array {
  const table = new Uint8Array(0x100);
  for (const id of ids) table[id] = 1;
  return table;
}

/** IDs of standard capabilities that stay: PM, AGP, VPD, MSI, PCI-X, HT, Vendor, PCI Express, MSI-X, SATA, AF. */
const STANDARD = idTable([0x01, 0x02, 0x03, 0x05, 0x07, 0x08, 0x09, 0x10, 0x11, 0x12, 0x13]);

/** IDs of extended capabilities that stay: AER, VC, DSN, PB, MFVC, VC, VSEC, ACS, ARI, ATS, SR-IOV, MC, PRI, ReBAR, DPA, TPH, LTR, DVSEC. */
const EXTENDED = idTable([0x01, 0x02, 0x03, 0x04, 0x08, 0x09, 0x0b, 0x0d, 0x0e, 0x0f, 0x10, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x23]);

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
    // Only a function with a PCI Express or PCI-X capability has extended space for vfio-pci.
    if (EXTENDED[capability.id] === 1 || (work.find('standard', 0x10) === null && work.find('standard', 0x07) === null)) return;
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
