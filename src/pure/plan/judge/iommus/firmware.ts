/** Whether the guest has firmware. */
import { findValue, type VmDefinition } from '../../definition.ts';

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
