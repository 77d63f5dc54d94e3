/** The options of machine types, `smm` of `-machine q35,smm=off`: which there are, and which values each takes. */
import { nearestNames } from '../text/nearest-names.ts';
import * as options11_1 from './generated/machine-options.ts';
import * as options10_0 from './generated/machine-options-10.0.ts';
import type { QemuVersion } from './generated-table.ts';
import { PropertyError } from './property-error.ts';
import type { PropertyType } from './property-type.ts';
import { typeNamed } from './property-types/type-named.ts';

const tables = { '11.1': options11_1, '10.0': options10_0 } as const satisfies Record<QemuVersion, unknown>;

/** Options of the accelerator that every machine takes too. */
const ACCELERATOR_OPTIONS: readonly string[] = ['accel', 'igd-passthru', 'kernel-irqchip', 'kvm-shadow-mem'];

/** By name, with the type that says which values there are; null for one that QEMU reads in a way of its own. */
export type MachineOptions = ReadonlyMap<string, PropertyType | null>;

/** The options of all machine types of a family; null where they are not known. */
export function qemuMachineOptions(qemu: QemuVersion, family: string): MachineOptions | null {
  const { [family]: rows } = tables[qemu].machineOptions;
  if (rows === undefined) return null;
  return new Map([
    ...rows.map(([name, type]) => [name, typeNamed(type) ?? null] as const),
    ...ACCELERATOR_OPTIONS.map(name => [name, null] as const),
  ]);
}

/**
 * Checks one option. Names may have `_` for `-`; of one with parts behind dots, `smp.cpus`, the first is looked at.
 * @throws PropertyError in QEMU's words for one that machine type `machine` does not have, or whose value it refuses
 */
export function checkMachineOption(options: MachineOptions, machine: string, { name, value }: { name: string; value: string }): void {
  const [option = '', ...parts] = name.replaceAll('_', '-').split('.');
  const type = options.get(option);
  if (type === undefined) {
    const message = `Property '${machine}-machine.${option}' not found`;
    throw new PropertyError(message, { code: 'property.unknown', property: option, nearest: nearestNames(option, options.keys()) });
  }
  if (parts.length === 0) type?.parse(value, option);
}
