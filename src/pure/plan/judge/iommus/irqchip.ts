/** Who makes the guest's interrupts: IOMMUs ask for that. */
import { findValue } from '../../definition.ts';
import { usesKvm } from '../accelerator.ts';
import type { IommuQuestion } from './question.ts';

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
