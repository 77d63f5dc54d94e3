/** Predicts what a kernel makes of a device's ATS from Linux's list of devices whose ATS it never uses. */
import { hexDigits } from '../bytes/hex.ts';
import type { HostIommuDevice } from './host-iommu-device.ts';
import { kernelHas, kernelSince } from './kernel-features.ts';
import { isKernelAtLeast, type KernelVersion, parseKernelRelease } from './kernel-release.ts';
import { findNoAtsDevice, type NoAtsMatch, type PciIdentity } from './no-ats-devices.ts';

/**
 * `expected-unsupported`: asked through iommufd, the kernel will report ATS as unsupported. `never-used`: it leaves ATS alone and
 * has no way to report that. `later-kernel`: newer kernels leave it alone; it is unknown whether this one does.
 */
export interface NoAtsExpectation {
  readonly code: 'ats.quirk.expected-unsupported' | 'ats.quirk.never-used' | 'ats.quirk.later-kernel';
  /** Whether it holds for the host's kernel itself; false where its version or a register that decides is not known. */
  readonly isSure: boolean;
  /** One sentence without a full stop. */
  readonly text: string;
}

/** The first release that reports on ATS. */
const REPORTS = kernelSince('hw-info-ats');

const hex4 = (value: number | null): string => hexDigits(value ?? 0, 4);
const releaseText = ({ major, minor }: KernelVersion): string => `${major}.${minor}`;

/** `1002:731f (AMD Navi 10)`, with what must hold of it where that is not known. */
function deviceText({ devices, isSure }: NoAtsMatch, { vendorId, deviceId }: PciIdentity): string {
  const name = `${hex4(vendorId)}:${hex4(deviceId)} (${devices.name})`;
  return isSure ? name : `${name}, if its revision and board, which are not known, are those meant`;
}

/** Why the kernel will not report it; null where it will. */
function whySilent(host: HostIommuDevice, kernel: KernelVersion | null, isAsked: boolean): string | null {
  if (!isAsked) return ', and this VMM does not ask';
  if (host.backend === 'legacy') return ', and a legacy container cannot report so';
  if (kernel === null || kernelHas(host.kernel, 'hw-info-ats') === true) return null;
  return ` and, older than ${REPORTS}, cannot report so`;
}

/**
 * What the host's kernel will make of it; null where the device is not on the list, or the kernel has already reported. `isAsked` is
 * false for a VMM that does not ask the kernel about ATS.
 */
export function expectNoAts(identity: PciIdentity, host: HostIommuDevice, isAsked = true): NoAtsExpectation | null {
  if (isAsked && host.atsSupport() !== 'unreported') return null;
  const match = findNoAtsDevice(identity);
  if (match === null) return null;
  const device = deviceText(match, identity);
  const { since } = match.devices;
  const kernel = host.kernel === null ? null : parseKernelRelease(host.kernel);
  if (kernel !== null && !isKernelAtLeast(kernel, since.major, since.minor)) {
    const text = `Linux ${releaseText(since)} and newer never use ATS on ${device}; of the host kernel ${host.kernel} it is not known`;
    return { code: 'ats.quirk.later-kernel', isSure: false, text };
  }
  const isSure = match.isSure && kernel !== null;
  const who = kernel === null ? `Linux ${releaseText(since)} and newer never use` : `the host kernel ${host.kernel} never uses`;
  const silent = whySilent(host, kernel, isAsked);
  if (silent !== null) return { code: 'ats.quirk.never-used', isSure, text: `${who} ATS on ${device}${silent}` };
  const report =
    kernel === null ? `; a host kernel of ${REPORTS} or newer will report it as unsupported` : ' and will report it as unsupported';
  return { code: 'ats.quirk.expected-unsupported', isSure, text: `${who} ATS on ${device}${report}` };
}

/** The sentence that Linux leaves a device's ATS alone; null where no list says so. */
export function linuxNeverUsesAts(identity: PciIdentity): string | null {
  const match = findNoAtsDevice(identity);
  return match === null ? null : `Linux ${releaseText(match.devices.since)} and newer never use ATS on ${deviceText(match, identity)}`;
}

/** The sentence that a Linux guest leaves the ATS of its device alone; null where no list says so. */
export function guestNeverUsesAts(identity: PciIdentity): string | null {
  const match = findNoAtsDevice(identity);
  if (match === null) return null;
  return `a Linux guest of ${releaseText(match.devices.since)} or newer never uses ATS on ${deviceText(match, identity)}`;
}
