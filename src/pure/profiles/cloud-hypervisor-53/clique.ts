/** NVIDIA's GPUDirect clique as Cloud Hypervisor adds it: at D4h of any device, whatever stands there. */

import { REASONS } from '../../rules/reasons.ts';
import type { DeviceRule } from '../../rules/rule.ts';
import { append, CLIQUE_LENGTH, CLIQUE_PLACES, cliqueDwords, isListOpen, listed } from '../../rules/vmm/virtual-capability.ts';
import type { Work, WorkCapability } from '../../rules/work.ts';
import { PCI_CAP_LIST_NEXT, PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from '../../spec/pci-regs.ts';
import { STANDARD_POINTER } from '../../spec/pcie.ts';

const [, PLACE] = CLIQUE_PLACES;

/** Capabilities that the guest loses: those whose header the clique overwrites, and those behind them in the list. */
function overwritten(work: Work): WorkCapability[] {
  const all = listed(work);
  const first = all.findIndex(({ offset }) => offset >= PLACE && offset < PLACE + CLIQUE_LENGTH);
  return first < 0 ? [] : all.slice(first);
}

/** Where the list is unknown, what the guest reads there and which pointer leads there are unknown too. */
function leaveOpen(work: Work): void {
  work.forget(PLACE, CLIQUE_LENGTH);
  const all = listed(work);
  for (const { offset } of all) work.forget(offset + PCI_CAP_LIST_NEXT, 1);
  // Without any capability, the pointer to the clique is in the Vendor ID.
  if (all.length === 0) work.forget(PCI_CAP_LIST_NEXT, 1);
  for (const capability of overwritten(work)) work.attempt(() => work.restOnList(), {}, capability);
  const text = 'behind which capability the GPUDirect clique stands is not known: the capability list of the device is not known whole';
  work.tell('warning', 'clique.unknown', text, 'airlock');
}

/** Without any capability it takes offset 0 for the last one: the pointer lands in the Vendor ID, and nothing leads to the clique. */
function addBehindNone(work: Work, clique: number): void {
  if (work.bits(PCI_CAPABILITY_LIST, 1, STANDARD_POINTER) !== 0) {
    leaveOpen(work);
    return;
  }
  const reason = REASONS['nvidia.clique'];
  work.patch(PCI_CAP_LIST_NEXT, 1, 0xff, PLACE, reason);
  for (const [i, dword] of cliqueDwords(clique).entries()) work.patch(PLACE + 4 * i, 4, 0xffffffff, dword, reason);
  work.tell(
    'warning',
    'clique.identity',
    'the device has a capability list without a capability: the clique changes its Vendor ID',
    'airlock',
  );
}

export const cliqueAnywhere: DeviceRule = {
  stage: 'vmm',
  when: 'after',
  name: 'vmm.clique-anywhere',
  holdsFor: 'Cloud Hypervisor 53; over a capability, and behind none: by its source',
  summary: 'x_nv_gpudirect_clique adds a vendor capability "P2P" at D4h of any device with a capability list, over what stands there',
  apply(work) {
    const { clique } = work.options.settings;
    if (clique === null) return;
    if (isListOpen(work) || !work.areKnown(PCI_STATUS, 1, PCI_STATUS_CAP_LIST)) return leaveOpen(work);
    const last = listed(work).at(-1);
    if (work.bits(PCI_STATUS, 1, PCI_STATUS_CAP_LIST) === 0) return;
    if (last === undefined) return addBehindNone(work, clique);
    work.patch(last.offset + PCI_CAP_LIST_NEXT, 1, 0xff, PLACE, REASONS['nvidia.clique']);
    for (const capability of overwritten(work)) work.hide(capability, REASONS['nvidia.clique-over']);
    append(work, PLACE, cliqueDwords(clique), REASONS['nvidia.clique']);
  },
};
