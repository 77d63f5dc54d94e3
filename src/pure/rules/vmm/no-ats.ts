/** Devices whose ATS Linux never uses: what the host's kernel will report, where it has not reported, and what a Linux guest does. */
import { expectNoAts, guestNeverUsesAts, type NoAtsExpectation, type PciIdentity } from '../../iommu/index.ts';
import { PCI_EXT_CAP_ID_ATS } from '../../spec/pci-regs.ts';
import { guestIdentity, hostIdentity } from '../pci-identity.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work } from '../work.ts';

const facts = { stage: 'vmm', when: 'after' } as const;

/** What such a kernel's report will change. An expectation alone does not change this view's outcome. */
function consequence({ code }: NoAtsExpectation, ats: 'on' | 'off' | 'auto'): string {
  if (code === 'ats.quirk.later-kernel') return '';
  if (code === 'ats.quirk.never-used') return "; the guest's ATS does nothing there";
  return ats === 'on' ? '; ats=on will fail to realize there' : '; ats=auto will mask it there';
}

/** Says nothing where the kernel has reported: a report beats the list. */
function tellHost(work: Work, identity: PciIdentity, isAsked: boolean): void {
  const { hostIommu, settings } = work.options;
  const expected = expectNoAts(identity, hostIommu, isAsked);
  if (expected === null) return;
  const level = expected.isSure || settings.ats === 'on' ? 'warning' : 'note';
  work.tell(level, expected.code, expected.text + consequence(expected, settings.ats), 'airlock');
}

function tellGuest(work: Work, identity: PciIdentity): void {
  const text = guestNeverUsesAts(guestIdentity(identity, work.options.settings));
  if (text !== null) work.tell('note', 'ats.quirk.guest-never-uses', text, 'airlock');
}

function tell(work: Work, isAsked: boolean): void {
  if (work.find('extended', PCI_EXT_CAP_ID_ATS) === null) return;
  const { config, virtualFunction } = work.options;
  const identity = hostIdentity(config, virtualFunction);
  tellHost(work, identity, isAsked);
  tellGuest(work, identity);
}

export const noAts: DeviceRule = {
  ...facts,
  name: 'vmm.no-ats',
  summary: 'of a device whose ATS Linux never uses it is told what the host kernel will report, where it has not yet',
  holdsFor: 'airlock',
  apply: work => tell(work, true),
};

export const noAtsPassedOn: DeviceRule = {
  ...facts,
  name: 'vmm.no-ats-passed-on',
  summary: 'of a device whose ATS Linux never uses it is told that what is passed on does nothing',
  holdsFor: 'airlock',
  apply: work => tell(work, false),
};
