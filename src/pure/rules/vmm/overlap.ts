/** Capabilities whose registers run into the next one: QEMU refuses such a device. */
import { itemAt } from '../../bytes/checked.ts';
import { formatHex, hexDigits } from '../../bytes/hex.ts';
import { PCI_CAP_ID_MSI, PCI_CAP_ID_MSIX, PCI_CAP_ID_PM } from '../../spec/pci-regs.ts';
import { capabilityLength, standardSize } from '../capability-extent.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

/** PM, MSI and MSI-X claim the specification's length; any other capability of the device claims all bytes up to the next one. */
const FIXED = new Set([PCI_CAP_ID_PM, PCI_CAP_ID_MSI, PCI_CAP_ID_MSIX]);

/** The bytes that a capability claims. One that the VMM adds claims its own length, before all others. */
function claim(work: Work, { id, offset, end, status }: WorkCapability): number {
  if (status === 'synthesised') return end - offset;
  return FIXED.has(id) ? capabilityLength(work, 'standard', id, offset) : standardSize(work, offset);
}

/** Once made, a claim is rounded up to dwords. */
function claimedEnd(work: Work, capability: WorkCapability): number {
  return capability.offset + ((claim(work, capability) + 3) & ~3);
}

/** Fails where the capability at `index` runs into one that claimed its bytes earlier: one further back in the list. */
function refuse(work: Work, index: number): void {
  const capability = itemAt(work.capabilities, index);
  if (capability.status === 'hidden') return;
  const { id, offset } = capability;
  const end = offset + claim(work, capability);
  const others = work.capabilities.slice(index + 1, work.standardCount).filter(({ status }) => status !== 'hidden');
  const clashes = others.filter(other => other.offset < end && claimedEnd(work, other) > offset);
  if (clashes.length === 0) return;
  if (capability.mayBeHidden || clashes.every(({ mayBeHidden }) => mayBeHidden)) work.restOnBytes();
  const at = Math.min(...clashes.map(other => Math.max(other.offset, offset)));
  const owner = Math.max(0, ...others.filter(other => other.offset <= at).map(other => other.offset));
  const where = `${formatHex(id)}[${formatHex(standardSize(work, offset))}]@${formatHex(offset)}`;
  const words = `0000:00:00:00.0 Attempt to add PCI capability ${hexDigits(id)} at offset ${hexDigits(offset)} overlaps existing capability`;
  const init = id === PCI_CAP_ID_MSI ? 'msi_init failed: ' : '';
  work.fail('capability.overlap', `failed to add PCI capability ${where}: ${init}${words} ${hexDigits(owner)} at offset ${hexDigits(at)}`);
}

export const overlap: DeviceRule = {
  name: 'vmm.overlap',
  stage: 'vmm',
  when: 'after',
  summary: 'a standard capability that runs into another fails the realize',
  fails: { code: 'capability.overlap', text: 'whether a capability runs into another is not known' },
  holdsFor: 'QEMU 11.1',
  apply(work) {
    const runsOver = (capability: WorkCapability) =>
      capability.status === 'synthesised' || (FIXED.has(capability.id) && claim(work, capability) > standardSize(work, capability.offset));
    for (let i = 0; i < work.standardCount; i++) {
      const capability = itemAt(work.capabilities, i);
      if (capability.status === 'hidden' || !runsOver(capability)) continue;
      for (let index = work.standardCount - 1; index >= 0; index--) refuse(work, index);
      return;
    }
  },
};
