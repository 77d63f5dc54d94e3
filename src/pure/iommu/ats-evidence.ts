/** Whether ATS can be used for a device, and why we think so (IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED in linux/iommufd.h). */
import { IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED } from '../spec/iommufd/hw-info.ts';
import { kernelHas, kernelSince } from './kernel-features.ts';
import { parseKernelRelease } from './kernel-release.ts';
import type { HwInfoReport } from './report.ts';

/** The release that the flag came with. */
const SINCE = kernelSince('hw-info-ats');

/** The kernel's answer for one device; `unreported` where it was not asked, cannot be asked or is too old to say. */
export type AtsSupport = 'supported' | 'unsupported' | 'unreported';

/** An answer with its reason: `code` is stable, `text` is one sentence for people. */
export interface AtsEvidence {
  readonly answer: AtsSupport;
  readonly code: string;
  readonly text: string;
}

const evidence = (answer: AtsSupport, code: string, text: string): AtsEvidence => Object.freeze({ answer, code, text });

export const LEGACY_CONTAINER = evidence(
  'unreported',
  'legacy-container',
  'The device is in a legacy VFIO container, where the kernel cannot be asked about ATS.',
);

export const NO_REPORT = evidence('unreported', 'no-report', 'No report of the host kernel about the IOMMU behind the device is at hand.');

const NOT_RETURNED = evidence(
  'unreported',
  'capabilities-not-returned',
  'The report holds no out_capabilities: the reply ended before them.',
);

const FLAG_SET = evidence('unsupported', 'flag-set', 'The host kernel reports ATS_NOT_SUPPORTED for the device.');

/**
 * The flag is negative, so that an older kernel, which never sets it, answers as one where ATS can be used. A set flag is
 * proof on any kernel; a clear one only on Linux 7.1 and newer.
 */
export function atsEvidenceOf(report: HwInfoReport): AtsEvidence {
  if (report.capabilities === null) return NOT_RETURNED;
  if ((BigInt(report.capabilities) & BigInt(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED)) !== 0n) return FLAG_SET;
  const { kernel = null } = report;
  const knowsFlag = kernelHas(kernel, 'hw-info-ats');
  if (knowsFlag === true) {
    const text = `The ATS_NOT_SUPPORTED flag is clear, and the host kernel ${kernel} knows it.`;
    return evidence('supported', 'flag-clear', text);
  }
  if (kernel === null || parseKernelRelease(kernel) === null) {
    const text = `The ATS_NOT_SUPPORTED flag is clear; the host kernel version is not known and assumed to be ${SINCE} or newer.`;
    return evidence('supported', 'flag-clear-kernel-unknown', text);
  }
  const text = `The host kernel ${kernel} is older than the ATS_NOT_SUPPORTED flag (${SINCE}): that it is clear says nothing.`;
  return evidence('unreported', 'kernel-older-than-flag', text);
}

/** The answer of a kernel that was not asked, where another one was. */
export function notAskedYet(kernel: string, asked: string): AtsEvidence {
  const text = `The report is of the host kernel ${asked}; what ${kernel} reports of ATS shows when it is asked.`;
  return evidence('unreported', 'other-kernel', text);
}

/** Whether a kernel that can report on ATS was not asked, so that its answer may be any. */
export function isNotAskedYet({ code }: AtsEvidence): boolean {
  return code === 'other-kernel';
}
