/** What is known about a device only when it is open: the kernel's word on ATS and PASID, and whether reset works. */

import type { HostPasid } from '../../pure/iommu/index.ts';
import { kernelSince } from '../../pure/iommu/kernel-features.ts';
import { isReleaseAtLeast } from '../../pure/iommu/kernel-release.ts';
import type { KernelAnswer } from '../../pure/reports/devices-report.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { SyscallError } from '../ffi/index.ts';
import type { VfioDevice } from '../vfio/index.ts';
import { smmuAtsCause } from './arm-words.ts';
import { type Asked, type AskOptions, ask, readAtsEvidence, type Unasked } from './ask.ts';
import { command, demand, type Fix, fail, pass, unknown, warn } from './check.ts';
import type { DeviceState } from './device-checks.ts';
import { NEWER_KERNEL } from './host-checks.ts';
import { UNSAFE_FIX } from './interrupts.ts';

/** `fault` is the kernel's words. */
export type ResetResult = 'works' | 'works with its bus' | 'not tried' | { readonly fault: string };

/** What an open device told. */
export interface Told {
  readonly ats: KernelAnswer;
  /** Why ATS is reported as not supported, as far as registers of the IOMMU say; null where they say nothing. */
  readonly atsCause: string | null;
  /** null where the kernel reports none, or nothing at all. */
  readonly pasid: HostPasid | null;
  readonly reset: ResetResult;
}

function tryReset(opened: VfioDevice): ResetResult {
  if (opened.resetKind === null) return { fault: 'the kernel knows no way to reset it' };
  try {
    opened.reset();
    return opened.resetKind === 'own' ? 'works' : 'works with its bus';
  } catch (error) {
    if (error instanceof SyscallError) return { fault: error.message };
    throw error;
  }
}

/** Asks all at once, so that the device is opened once. */
export function askDevice({ device }: Pick<DeviceState, 'device'>, options: AskOptions): Asked<Told> {
  return ask(device, options, opened => {
    const ats = readAtsEvidence(opened);
    const iommu = ats.code === 'no-hw-info' ? null : opened.hostIommuDevice();
    const atsCause = iommu === null ? null : smmuAtsCause(iommu);
    return { ats, atsCause, pasid: iommu?.pasid() ?? null, reset: tryReset(opened) };
  });
}

/** What would let the kernel be asked, by the reason why it was not. */
function askFix(code: string, address: string): Fix {
  const fixes: Readonly<Record<string, Fix>> = {
    bridge: 'choose an endpoint',
    'in-use': command(`sudo airlock bind ${address}`),
    'no-driver': command(`sudo airlock bind ${address}`),
    'not-root': command(`sudo airlock doctor ${address}`),
    'no-iommu': 'switch the IOMMU on (see iommu.on)',
    'no-iommufd': command('sudo modprobe iommufd'),
    'no-device-file': `boot Linux ${kernelSince('vfio-cdev')} or newer, built with CONFIG_VFIO_DEVICE_CDEV`,
    'no-koffi': 'npm install koffi beside vfio-airlock, on a platform that it has',
    'other-tree': `run airlock doctor ${address} on that host`,
    'unsafe-interrupts': UNSAFE_FIX,
    held: 'end the process that holds the device',
    'group-not-viable': command(`sudo airlock bind ${address} --group --yes`),
  };
  return fixes[code] ?? "mend what the kernel's answer names";
}

function notTold(code: string, unasked: Unasked, { address, isRequired }: { address: string; isRequired: boolean }): Check {
  const fix = askFix(unasked.code, address);
  if (unasked.code === 'other-tree') return demand(unknown(code, 'another tree: not opened', fix), isRequired, fix);
  return demand(unknown(code, `the kernel could not be asked: ${unasked.text}`, fix), isRequired, fix);
}

export function checkKernelAts({ device, required }: DeviceState, asked: Asked<Told>): Check {
  const code = 'kernel.ats';
  const isRequired = required.includes('ats');
  if ('unasked' in asked) return notTold(code, asked.unasked, { address: device.address.text, isRequired });
  const { ats, atsCause } = asked.value;
  const { answer } = ats;
  const text = atsCause === null ? ats.text : `${ats.text} ${atsCause}`;
  if (answer === 'supported') return pass(code, text);
  if (answer === 'unsupported') return demand(warn(code, text, null), isRequired, 'assign a device for which the kernel reports ATS');
  return demand(unknown(code, text, NEWER_KERNEL), isRequired, NEWER_KERNEL);
}

export function checkKernelPasid({ device, required }: DeviceState, asked: Asked<Told>): Check {
  const code = 'kernel.pasid';
  const isRequired = required.includes('pasid');
  if ('unasked' in asked) return notTold(code, asked.unasked, { address: device.address.text, isRequired });
  const { pasid, ats } = asked.value;
  if (pasid !== null) return pass(code, `PASIDs of ${pasid.maxLog2} bits can be used`);
  const text =
    ats.code === 'no-hw-info' ? `the kernel does not say: ${ats.text}` : 'the kernel reports that no PASID can be used for the device';
  if (isRequired) return fail(code, `required: ${text}`, 'assign a device with PASID behind an IOMMU that is set up for it');
  return ats.code === 'no-hw-info' ? unknown(code, text) : pass(code, `${text}; a guest gets none`);
}

/** Between two guests nothing but a reset makes a device forget. */
export function checkReset({ device, kernel }: DeviceState, asked: Asked<Told>): Check {
  const code = 'device.reset';
  const { address, resetMethods, unreadable } = device;
  const reset = 'value' in asked ? asked.value.reset : 'not tried';
  if (reset === 'works') return pass(code, `reset works (${resetMethods.join(', ') || 'method not named'})`);
  if (reset === 'works with its bus') return pass(code, 'reset works, of all functions of its bus at once');
  if (reset !== 'not tried')
    return fail(code, `reset does not work: ${reset.fault}`, 'assign another device, or none after the first guest ends');
  const notTried = 'value' in asked ? 'not tried' : `not tried (${asked.unasked.because})`;
  if (resetMethods.length > 0) return unknown(code, `${notTried}; the kernel would use ${resetMethods.join(', ')}`);
  const fault = unreadable.find(({ file }) => file === 'reset_method');
  if (fault !== undefined) return unknown(code, `${notTried}; reset_method cannot be read: ${fault.code}`);
  // The file came with Linux 5.15 (sysfs-bus-pci).
  if (!isReleaseAtLeast(kernel, 5, 15))
    return unknown(
      code,
      `${notTried}; ${kernel === null ? "the kernel's release is not known, and it" : `Linux ${kernel}`} names no ways to reset`,
    );
  return warn(code, `the kernel knows no way to reset ${address}: what one guest leaves in it the next one finds`, null);
}
