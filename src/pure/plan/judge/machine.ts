/** The machine type of a definition, as its VMM finds it: by name, by an alias, or its own default. */
import type { Profile } from '../../profiles/index.ts';
import { findMachineType, MachineError, type MachineType } from '../../qemu/index.ts';
import type { VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import { planMessage } from './verdict.ts';

/** `unknown`: a type of a distribution's own, whose rows nobody outside knows. */
export type FoundMachine =
  | { readonly kind: 'found'; readonly machine: MachineType }
  /** The VMM has no machine types. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed' | 'unknown'; readonly error: PlanError };

/** What a program without a word about the machine starts; QEMU's Arm programs have no default. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'pc'],
  ['i386', 'pc'],
]);

function fault(
  kind: 'failed' | 'unknown',
  words: { code: string; message: string; mend?: string },
  definition: VmDefinition,
): FoundMachine {
  const error = planMessage('vmm', { ...words, origin: definition.machine.type?.origin ?? null });
  return { kind, error: { ...error, of: 'machine' } };
}

function refusal(error: MachineError, definition: VmDefinition): FoundMachine {
  const { distribution, nearest } = error;
  if (distribution !== null) {
    const message = `${error.machine} is a machine type of ${distribution.maker}'s own: what it changes is not known outside`;
    return fault(
      'unknown',
      { code: 'machine.distribution', message, ...(distribution.upstream !== null && { mend: distribution.upstream }) },
      definition,
    );
  }
  const [best] = nearest;
  return fault('failed', { code: 'machine.unknown', message: error.message, ...(best !== undefined && { mend: best }) }, definition);
}

/** Whether a program for the guest's architecture has machines of that family. */
function isOfArchitecture({ family }: MachineType, architecture: string | null): boolean {
  if (architecture === null) return true;
  return (family === 'virt') === /^(?:aarch64|arm)/.test(architecture);
}

/** Finds the machine type that a VM gets from the VMM of `profile`. */
export function findMachine(definition: VmDefinition, profile: Profile): FoundMachine {
  if (profile.machines === null || definition.vmm.family !== 'qemu') return { kind: 'none' };
  const { type } = definition.machine;
  const { architecture } = definition.vmm;
  const name = type?.value ?? (architecture === null ? 'pc' : DEFAULTS.get(architecture));
  if (name === undefined) {
    const words = { code: 'machine.missing', message: 'No machine specified, and there is no default', mend: 'virt' };
    return fault('failed', words, definition);
  }
  try {
    const machine = findMachineType(profile, name);
    if (!isOfArchitecture(machine, architecture)) throw new MachineError(name, []);
    return { kind: 'found', machine };
  } catch (error) {
    if (error instanceof MachineError) return refusal(error, definition);
    throw error;
  }
}
