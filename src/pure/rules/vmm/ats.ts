/** ATS: the property, the host's answer and the device decide together, in QEMU 11.1's words; an older QEMU passes it on. */

import { mayAnnounceExtended } from '../../pci/extended-space.ts';
import { PCI_CFG_SPACE_SIZE, PCI_EXT_CAP_ID_ATS } from '../../spec/pci-regs.ts';
import { FIRST_EXTENDED } from '../../spec/pcie.ts';
import { decideAts } from '../ats.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule, DeviceRule } from '../rule.ts';
import type { Work } from '../work.ts';

const facts = { stage: 'vmm', holdsFor: 'QEMU 11.1' } as const;

export const ATS_MESSAGES = {
  'ats.required.kernel-unsupported': 'vfio-pci: ATS requested but not supported by kernel',
  'ats.masked.kernel-unsupported': 'vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked',
  'ats.absent': 'vfio-pci: ats=on requested, but host device has no ATS extended capability',
  'ats.unknown': 'whether the device has ATS is not known: its capability lists are not known whole',
  'ats.shown.unreported': 'ATS is shown to the guest, but the host kernel has not reported whether it can be used',
  'ats.shown.kernel-unsupported': 'ATS is shown to the guest, but the host kernel reports that it cannot be used',
} as const;

const FAILURE = 'ats.required.kernel-unsupported';

export const ats: CapabilityRule = {
  ...facts,
  name: 'vmm.ats',
  when: 'capability',
  kind: 'extended',
  ids: [PCI_EXT_CAP_ID_ATS],
  summary: "ATS is shown, masked or refused by the property ats and the host kernel's report",
  apply(work, capability) {
    const decision = decideAts(work.options.settings.ats, work.options.hostIommu.atsSupport());
    if (work.isStandardListOpen) {
      if (decision.result === 'fails') work.doubt(FAILURE, 'it does if the VMM looks at the extended capability list');
      return work.restOnList();
    }
    if (decision.result === 'fails') return work.fail(decision.code, ATS_MESSAGES['ats.required.kernel-unsupported']);
    const { code } = decision;
    if (decision.result === 'masked') work.hide(capability, REASONS[code]);
    else work.show(capability, REASONS[code]);
    if (code === 'ats.masked.kernel-unsupported') work.tell('warning', code, ATS_MESSAGES[code]);
    // QEMU is silent where it cannot ask the kernel; the remark is ours.
    if (code === 'ats.shown.unreported' && decision.level !== null) work.tell(decision.level, code, ATS_MESSAGES[code], 'airlock');
  },
};

/** QEMU asked no kernel before it had the property, and says nothing either; the warning is ours. */
export const atsPassedOn: CapabilityRule = {
  ...facts,
  name: 'vmm.ats-passed-on',
  when: 'capability',
  kind: 'extended',
  ids: [PCI_EXT_CAP_ID_ATS],
  summary: 'ATS is passed on as the device has it: there is no property ats, and the host kernel is not asked',
  holdsFor: 'QEMU 10.0',
  apply(work, capability) {
    if (work.isStandardListOpen) return work.restOnList();
    const code = 'ats.shown.kernel-unsupported';
    work.show(capability, REASONS['ats.shown.passed-on']);
    if (work.options.hostIommu.atsSupport() === 'unsupported') work.tell('warning', code, ATS_MESSAGES[code], 'airlock');
  },
};

function hasAts(work: Work): boolean {
  return work.capabilities.some(({ kind, id, mayBeHidden }) => kind === 'extended' && id === PCI_EXT_CAP_ID_ATS && !mayBeHidden);
}

/** Whether it is unknown if the guest sees ATS. */
function isAtsOpen(work: Work): boolean {
  return work.unknownAt.extended !== null || work.capabilities.some(({ id, mayBeHidden }) => id === PCI_EXT_CAP_ID_ATS && mayBeHidden);
}

const absent = { stage: 'vmm', when: 'after' } as const;

/** Where the list leads into unknown bytes, it is unknown whether the device has ATS. */
function tellUnknown(work: Work): void {
  if (work.options.settings.ats !== 'off' && !work.endsEarly) work.tell('warning', 'ats.unknown', ATS_MESSAGES['ats.unknown'], 'airlock');
}

function isRefused({ options }: Work): boolean {
  return options.settings.ats === 'on' && decideAts('on', options.hostIommu.atsSupport()).result === 'fails';
}

export const atsAbsent: DeviceRule = {
  ...absent,
  name: 'vmm.ats-absent',
  summary: 'ats=on on a device without ATS is a warning',
  holdsFor: 'airlock',
  apply(work) {
    if (hasAts(work)) return;
    if (isAtsOpen(work)) {
      tellUnknown(work);
      if (isRefused(work) && !work.isOnConventionalBus) work.doubt(FAILURE, 'it does if the device has ATS');
    } else if (work.options.settings.ats === 'on') work.tell('warning', 'ats.absent', ATS_MESSAGES['ats.absent']);
  },
};

/** Whether the device itself has extended config space, whatever the guest's bus carries; null where that is not known. */
function deviceHasExtendedSpace(work: Work): boolean | null {
  if (work.isStandardListOpen) return null;
  if (work.standardCount === 0) return false;
  if (work.options.config.bytes.length <= PCI_CFG_SPACE_SIZE) return work.isKnown(FIRST_EXTENDED, 4) ? false : null;
  if (work.capabilities.some(capability => capability.kind === 'extended' || mayAnnounceExtended(capability))) return true;
  return work.unknownAt.standard === null && work.unknownAt.extended === null ? false : null;
}

/** Whether there is an extended list in front of the guest; null where that is not known. */
function hasExtendedList(work: Work): boolean | null {
  if (work.isOnConventionalBus) return false;
  if (work.isStandardListOpen) return null;
  if (work.capabilities.some(({ kind, status, mayBeHidden }) => kind === 'extended' && status !== 'hidden' && !mayBeHidden)) return true;
  if (work.unknownAt.extended !== null || !work.isKnown(FIRST_EXTENDED, 4)) return null;
  return work.size > FIRST_EXTENDED && work.u32(FIRST_EXTENDED) !== 0;
}

/**
 * QEMU asks the host before it looks at the device, and a kernel reports ATS as unsupported for any device without it. So the realize
 * fails, also where the device's extended list is empty and where the guest's bus carries none, and the warning appears only on hosts
 * that cannot be asked. For a device without extended config space there is neither.
 */
export const atsAbsentAsQemu: DeviceRule = {
  ...absent,
  name: 'vmm.ats-absent-qemu',
  summary:
    'ats=on fails wherever the host kernel reports ATS as unsupported and the device has extended config space; where it has no ATS, and ' +
    'the kernel does not refuse it, it is a warning',
  holdsFor: 'QEMU 11.1',
  apply(work) {
    if (hasAts(work) && !work.isOnConventionalBus) return;
    const isOpen = isAtsOpen(work);
    const hasSpace = isRefused(work) ? deviceHasExtendedSpace(work) : false;
    if (hasSpace === true) return work.fail(FAILURE, ATS_MESSAGES[FAILURE]);
    if (isOpen) tellUnknown(work);
    if (hasSpace === null) work.doubt(FAILURE, 'it does if the device has extended config space');
    const isTold = !isOpen && work.options.settings.ats === 'on' && hasExtendedList(work) === true;
    if (isTold) work.tell('warning', 'ats.absent', ATS_MESSAGES['ats.absent']);
  },
};

/** QEMU 10.0 has no property that could mask what is not known. */
export const atsUnknown: DeviceRule = {
  ...absent,
  name: 'vmm.ats-unknown',
  summary: 'whether the device has ATS is not known where its list is not',
  holdsFor: 'QEMU 10.0',
  apply(work) {
    if (!hasAts(work) && isAtsOpen(work)) tellUnknown(work);
  },
};
