/** ATS: the property, the host's answer and the device decide together; the words are QEMU 11.1's. */
import { decideAts } from '../../ats.ts';
import { REASONS } from '../../reasons.ts';
import type { CapabilityRule, DeviceRule } from '../../rule.ts';

const facts = { stage: 'vmm', holdsFor: 'QEMU 11.1' } as const;
const ATS = 0x0f;

export const ATS_MESSAGES = {
  'ats.required.kernel-unsupported': 'vfio-pci: ATS requested but not supported by kernel',
  'ats.masked.kernel-unsupported': 'vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked',
  'ats.absent': 'vfio-pci: ats=on requested, but host device has no ATS extended capability',
  'ats.shown.unreported': 'ATS is shown to the guest, but the host kernel has not reported whether it can be used',
} as const;

export const ats: CapabilityRule = {
  ...facts,
  name: 'vmm.ats',
  when: 'capability',
  kind: 'extended',
  ids: [ATS],
  summary: 'ATS is shown, masked or refused by the property ats and the host kernel’s report',
  apply(work, capability) {
    const decision = decideAts(work.options.settings.ats, work.options.hostIommu.atsSupport());
    if (decision.result === 'fails') return work.fail(decision.code, ATS_MESSAGES['ats.required.kernel-unsupported']);
    const code = decision.code as Exclude<typeof decision.code, 'ats.required.kernel-unsupported'>;
    if (decision.result === 'masked') work.hide(capability, REASONS[code]);
    else work.show(capability, REASONS[code]);
    if (code === 'ats.masked.kernel-unsupported') work.tell('warning', code, ATS_MESSAGES[code]);
    // QEMU is silent where it cannot ask the kernel; the remark is ours.
    if (code === 'ats.shown.unreported' && decision.level !== null) work.tell(decision.level, code, ATS_MESSAGES[code], 'airlock');
  },
};

export const atsAbsent: DeviceRule = {
  ...facts,
  name: 'vmm.ats-absent',
  when: 'after',
  summary: 'ats=on on a device without ATS is a warning',
  apply(work) {
    if (work.options.settings.ats !== 'on') return;
    for (const { kind, id } of work.capabilities) if (kind === 'extended' && id === ATS) return;
    work.tell('warning', 'ats.absent', ATS_MESSAGES['ats.absent']);
  },
};
