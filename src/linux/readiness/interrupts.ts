/** Whether interrupts of assigned devices are kept apart, without which iommufd and VFIO refuse devices with EPERM (kernel's IRQ chips). */
import { type HostFacts, isFileThere, isParameterSet } from '../../pure/facts/index.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { readWholeText, rootPrefix } from '../binding/index.ts';
import { ITS_WANTED, isArm } from './arm-words.ts';
import { command, type Fix, fail, pass, unknown, warn } from './check.ts';

const CODE = 'interrupts.isolated';

/** The parameter is there once the module is loaded. */
const allowUnsafe = (module: string): Fix =>
  command(`sudo modprobe ${module} && echo Y | sudo tee /sys/module/${module}/parameters/allow_unsafe_interrupts`);
export const UNSAFE_FIX = allowUnsafe('iommufd');

/** Names of interrupt chips in /proc/interrupts: `IR-PCI-MSI` where x86 remaps, `PCI-MSI` where not, `ITS-…` where an Arm ITS does. */
function chipsOf(text: string): { readonly remapping: boolean; readonly plain: boolean; readonly its: boolean } {
  return { remapping: /\sIR-[\w-]+/.test(text), plain: /\s(?:IO-APIC|PCI-MSI)/.test(text), its: /\sITS-/.test(text) };
}

/** null also where a hardened kernel lets only root read it. */
function readInterrupts(root: string): string | null {
  try {
    return readWholeText(`${rootPrefix(root)}/proc/interrupts`);
  } catch {
    return null;
  }
}

/** `isBound`: whether a device was bound to iommufd (false: refused for its interrupts; null: nobody tried). */
export function checkInterrupts(facts: HostFacts, root: string, isBound: boolean | null): Check {
  // Without iommufd it is the legacy container's word that counts.
  const isLegacy = isFileThere(facts.iommufd) === false && isFileThere(facts.vfioContainer) === true;
  const module = isLegacy ? 'vfio_iommu_type1' : 'iommufd';
  const isAllowed = isParameterSet(facts, module, 'allow_unsafe_interrupts');
  const risk = 'assigned devices could send interrupts to others';
  if (isBound !== null && isAllowed !== true) {
    if (isBound) return pass(CODE, 'the kernel keeps the interrupts of devices apart: it bound this one to iommufd');
    return fail(
      CODE,
      `the kernel refuses the device with EPERM as ${risk}; ${isArm(facts.architecture) ? ITS_WANTED : 'wanted interrupt remapping, or the risk taken'}`,
      allowUnsafe(module),
    );
  }
  const text = readInterrupts(root);
  const chips = text === null ? null : chipsOf(text);
  const isX86 = /^(?:x86_64|i[3-6]86)$/.test(facts.architecture ?? '');
  if (chips?.remapping) return pass(CODE, 'interrupt remapping is in use');
  if (chips?.its) return pass(CODE, 'an interrupt translation service is in use');
  if (!chips?.plain || !isX86)
    return unknown(CODE, `it cannot be told from ${rootPrefix(root)}/proc/interrupts; the kernel says when a device is opened`);
  if (isAllowed) return warn(CODE, `no interrupt remapping, and ${module}.allow_unsafe_interrupts is set: ${risk}`, null);
  return fail(
    CODE,
    `no interrupt remapping is in use, so that the kernel refuses devices with EPERM; wanted it in the firmware and without intremap=off, or the risk taken`,
    allowUnsafe(module),
  );
}
