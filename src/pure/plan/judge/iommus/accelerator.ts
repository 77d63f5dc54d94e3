/** What runs the guest's processors, and who makes its interrupts: IOMMUs ask for both. */
import { findValue, type VmDefinition } from '../../definition.ts';
import type { IommuQuestion } from './question.ts';

/** Whether KVM runs the guest; null where the text does not say, and its format leaves that to a manager. */
export function usesKvm({ accelerators, source, vmm }: VmDefinition): boolean | null {
  const [first] = accelerators;
  if (first !== undefined) return first.split(',')[0] === 'kvm';
  if (source.format !== 'qemu') return null;
  // Without a word QEMU emulates, but under the names that distributions give it to run with KVM.
  return vmm.program !== null && /(?:^|\/)(?:qemu-)?kvm$/.test(vmm.program);
}

/** Machine types whose interrupts are split between KVM and QEMU where nothing is said. */
const SPLIT_BY_DEFAULT: ReadonlySet<string> = new Set(['pc-q35-4.0']);

function irqchip({ definition, machine }: IommuQuestion): string {
  const { values } = definition.machine;
  const word = (findValue(values, 'kernel-irqchip') ?? findValue(values, 'kernel_irqchip'))?.value;
  return word ?? (machine !== null && SPLIT_BY_DEFAULT.has(machine.name) ? 'split' : 'on');
}

/** Whether KVM makes all interrupts of the guest; null where that is not known. */
export function isIrqchipInKernel(question: IommuQuestion): boolean | null {
  const isKvm = usesKvm(question.definition);
  if (isKvm !== true) return isKvm;
  return !['off', 'no', 'false', 'n', 'split'].includes(irqchip(question));
}

/** The same of Arm, where split is not known. */
export function hasKvmIrqchip(question: IommuQuestion): boolean | null {
  const isKvm = usesKvm(question.definition);
  if (isKvm !== true) return isKvm;
  return !['off', 'no', 'false', 'n'].includes(irqchip(question));
}

/** Options that give the guest firmware, which makes the ACPI tables that some devices need; null where the text does not say. */
export function hasFirmware({ otherOptions, machine, devices, source }: VmDefinition): boolean | null {
  const acpi = findValue(machine.values, 'acpi')?.value;
  if (acpi !== undefined && ['off', 'no', 'false', 'n'].includes(acpi)) return false;
  const isFlash = ({ name, value }: { readonly name: string; readonly value: string }): boolean =>
    name === 'bios' || name === 'pflash' || name === 'firmware' || (name === 'drive' && /(?:^|,)if=pflash(?:,|$)/.test(value));
  if (otherOptions.some(isFlash)) return true;
  if (machine.values.some(({ name }) => name === 'pflash0' || name === 'pflash1' || name === 'firmware')) return true;
  if (devices.some(({ driver }) => driver === 'cfi.pflash01')) return true;
  return source.format === 'qemu' ? false : null;
}
