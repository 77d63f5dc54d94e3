/** The options of a definition's machine, as its VMM takes or refuses them. */
import type { Profile } from '../../profiles/index.ts';
import { checkMachineOption, PropertyError } from '../../qemu/index.ts';
import type { DefinedValue, VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import type { FoundMachine } from './machine.ts';
import { nearestSetting } from './nearest-setting.ts';
import { planMessage } from './verdict.ts';

/** The last of two for one option counts; the first that is wrong, where QEMU's pick among several follows no order. */
export function judgeMachineOptions({ machine: { values } }: VmDefinition, found: FoundMachine, { machines }: Profile): PlanError | null {
  if (found.kind !== 'found') return null;
  const { machine } = found;
  const options = machines?.optionsOf(machine) ?? null;
  if (options === null) return null;
  const last = new Map(values.map(value => [value.name.replaceAll('_', '-'), value]));
  const refusal = (value: DefinedValue): PlanError | null => {
    try {
      checkMachineOption(options, machine.name, value);
      return null;
    } catch (error) {
      if (!(error instanceof PropertyError)) throw error;
      const nearest = nearestSetting(error, value);
      const code = error.code === 'property.unknown' ? 'machine.option-unknown' : 'machine.option-value';
      const words = { code, message: error.message, mend: nearest === null ? null : `-machine ${nearest}`, origin: value.origin };
      return { ...planMessage('vmm', words), of: 'machine' };
    }
  };
  for (const value of last.values()) {
    const error = refusal(value);
    if (error !== null) return error;
  }
  return null;
}
