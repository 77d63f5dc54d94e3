/** A machine type of a distribution's own that the user takes for one of QEMU's: an assumption, which the plan names. */
import type { VmDefinition } from '../definition.ts';
import type { PlanFinding } from '../plan-finding.ts';

/** For each name of a machine type the one that it is taken for. */
export type MachinesTaken = Readonly<Record<string, string>>;

/** The definition with that type in place of its own, and a note; as it is where its own is not among them. */
export function takeMachine(definition: VmDefinition, taken: MachinesTaken): { definition: VmDefinition; notes: readonly PlanFinding[] } {
  const { type } = definition.machine;
  const upstream = type !== null && Object.hasOwn(taken, type.value) ? taken[type.value] : undefined;
  if (type === null || upstream === undefined) return { definition, notes: [] };
  const message = `the machine type ${type.value} is taken for ${upstream}, as asked: what its distribution changes in it is not known here`;
  const machine = { ...definition.machine, type: { ...type, value: upstream } };
  return { definition: { ...definition, machine }, notes: [{ severity: 'note', code: 'machine.taken', message, origin: type.origin }] };
}
