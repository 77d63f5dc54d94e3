/** Capability lists whose end Cloud Hypervisor never reaches, and what that means for the VM. */
import type { ConfigSpace } from '../../pci/config-space.ts';
import type { DeviceRule } from '../../rules/rule.ts';
import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PCI_CAP_LIST_NEXT,
  PCI_CAPABILITY_LIST,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../../spec/pci-regs.ts';
import { FIRST_EXTENDED, STANDARD_POINTER } from '../../spec/pcie.ts';

/** Offsets from `first` on until `next` gives 0; null where one comes twice. */
function walk(first: number, next: (at: number) => number): Set<number> | null {
  const met = new Set<number>();
  for (let at = first; at !== 0; at = next(at)) {
    if (met.has(at)) return null;
    met.add(at);
  }
  return met;
}

/** Judges by the device's own pointers: the kernel changes only those to what it hides, and a view has ended such a list already. */
function isEndless(config: ConfigSpace): boolean {
  const at8 = (at: number) => config.read(at, 1) ?? 0;
  if ((at8(PCI_STATUS) & PCI_STATUS_CAP_LIST) === 0) return false;
  const standard = walk(at8(PCI_CAPABILITY_LIST) & STANDARD_POINTER, at => {
    const next = at8(at + PCI_CAP_LIST_NEXT) & STANDARD_POINTER;
    // It stops at a capability that leads to itself.
    return next === at ? 0 : next;
  });
  if (standard === null) return true;
  const ids = [...standard].map(at8);
  if (!ids.includes(PCI_CAP_ID_EXP) || !ids.includes(PCI_CAP_ID_PM)) return false;
  return walk(FIRST_EXTENDED, at => (config.read(at, 4) ?? 0) >>> 20) === null;
}

export const endlessList: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  name: 'vmm.endless-list',
  holdsFor: 'Cloud Hypervisor 53, by its source',
  summary: 'it does not come to the end of a capability list that leads back into itself: the VM does not start',
  apply(work) {
    if (!isEndless(work.options.config)) return;
    const text = 'a capability list leads back into itself: Cloud Hypervisor does not come to its end, by its source, and starts no VM';
    work.tell('warning', 'list.endless', text, 'airlock');
  },
};
